import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Builds our program with one of its modules replaced, as a file that runs under Node: for what only other images would show. */
export async function buildAlteredBundle(outfile: string, module: string, text: string): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['pg-native', 'pg-cloudflare', 'cloudflare:sockets', 'open'],
    logLevel: 'error',
    plugins: [
      {
        name: 'altered',
        setup({ onLoad }) {
          onLoad({ filter: new RegExp(`/${module.replaceAll('.', '\\.')}$`) }, () => ({
            contents: text,
            loader: 'ts',
          }));
        },
      },
    ],
  });
  writeFileSync(outfile, outputFiles[0]?.contents ?? '');
}
