import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Plugin, transform } from 'esbuild';

/** Optional parts of a dependency that no PostgreSQL client of ours uses; they would not even resolve. */
const unused: Plugin = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:pg-native|pg-cloudflare|cloudflare:sockets)$/ }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** What both outputs share. The names of functions stay: they are what a stack shows. */
function shared(root: string, defines: Readonly<Record<string, string>>): BuildOptions {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    charset: 'ascii',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
    plugins: [unused],
    define: { ...defines },
  };
}

/** Without it `import('node:http')` of the AWS client would load the whole of the runtime's fetch. */
const asRequire = { supported: { 'dynamic-import': false } };

/** One file that runs under a Node of the right line: `dist/kong-entrypoint.cjs`. The same source gives the same bytes. */
export async function buildBundle(
  root: string,
  outfile: string,
  defines: Readonly<Record<string, string>>,
): Promise<void> {
  await build({ ...shared(root, defines), ...asRequire, entryPoints: ['src/main.ts'], format: 'cjs', outfile });
}

/**
 * The same code in chunks for the binary, one for the start and one for each part that is loaded when it is needed. They are split as
 * modules, so that nothing stands in two of them, and turned into functions of `require`, `module` and `exports` afterwards; ASCII, so that
 * one byte is one character. Returns the names of the chunks.
 */
export async function buildChunks(
  root: string,
  folder: string,
  defines: Readonly<Record<string, string>>,
): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const result = await build({
    ...shared(root, defines),
    entryPoints: ['src/main.ts'],
    format: 'esm',
    splitting: true,
    outdir: folder,
    chunkNames: '[name]-[hash]',
    metafile: true,
  });
  const names = Object.keys(result.metafile.outputs)
    .map((path) => basename(path))
    .sort();
  for (const name of names)
    writeFileSync(join(folder, name), await asFunction(readFileSync(join(folder, name), 'utf8')));
  return names;
}

async function asFunction(module: string): Promise<string> {
  const { code } = await transform(module, {
    ...asRequire,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    charset: 'ascii',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return `(function(require,module,exports){${code}\n})`;
}
