import { readFileSync } from 'node:fs';
import { type BuildOptions, build, type OutputFile, type Plugin, transform } from 'esbuild';
import { type Contents, readContents } from './contents.ts';
import { groupChunks, type Part } from './parts.ts';

export type Source = {
  readonly root: string;
  /** What the code reads as `BUILD_VERSION` and `BUILD_COMMIT`, as JSON. */
  readonly defines: Readonly<Record<string, string>>;
};

/** A part of the binary, and the code that evaluates to its chunks: an object of functions of `require`, `module` and `exports`. */
export type PartCode = Part & { readonly code: string };

/** What goes into the binary, and whose code it is. */
export type Divided = { readonly parts: readonly PartCode[]; readonly contents: Contents };

/**
 * Parts of dependencies that nothing of ours uses: those of the PostgreSQL client would not even resolve, or are for pools, password files
 * and connection strings; `open` starts the browser of a person who logs in to Azure. A class, since the client extends that of the pool.
 */
const unused: Plugin = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    const names = /^(?:pg-native|pg-cloudflare|cloudflare:sockets|pg-pool|pgpass|pg-connection-string|open)$/;
    onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = class {};' }));
  },
};

/** `pg-crypto.ts` in place of what the PostgreSQL client computes a login with. */
const quickLogin: Plugin = {
  name: 'quick login',
  setup({ onLoad }) {
    const contents = readFileSync(new URL('pg-crypto.ts', import.meta.url), 'utf8');
    onLoad({ filter: /\/node_modules\/pg\/lib\/crypto\/utils\.js$/ }, () => ({ contents, loader: 'ts' }));
  },
};

/** Names stay as they are: a stack shows those of functions, and the log those of errors. */
const form = {
  platform: 'node',
  target: 'node24',
  charset: 'ascii',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
} as const satisfies BuildOptions;

/** Without it `import('node:http')` of the AWS client would load the whole of the runtime's fetch. */
const asRequire = { supported: { 'dynamic-import': false } };

/** The names of modules are in the bundle. With `preserveSymlinks` they are the same where `node_modules` is a link to another folder. */
function bundling({ root, defines }: Source): BuildOptions {
  return {
    ...form,
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    preserveSymlinks: true,
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    plugins: [unused, quickLogin],
    define: { ...defines },
  };
}

/** One file that runs under a Node of the right line: `dist/kong-entrypoint.cjs`. The same source gives the same bytes. */
export async function buildBundle(source: Source, outfile: string): Promise<Contents> {
  const { metafile } = await build({ ...bundling(source), ...asRequire, format: 'cjs', metafile: true, outfile });
  return readContents(source.root, metafile);
}

/**
 * The same code for the binary, in parts. It is split as modules, so that nothing stands in two chunks, and each chunk is made a function
 * afterwards. The same source gives the same bytes here too.
 */
export async function buildParts(source: Source): Promise<Divided> {
  const { outputFiles, metafile } = await build({
    ...bundling(source),
    format: 'esm',
    splitting: true,
    outdir: 'dist',
    metafile: true,
    write: false,
  });
  const codes = new Map(await Promise.all(outputFiles.map(asFunction)));
  const parts = groupChunks(metafile.outputs).map((part) => {
    const functions = part.chunks.map((name) => `${JSON.stringify(name)}:${codes.get(name)}`);
    return { ...part, code: `({${functions.join(',\n')}})` };
  });
  return { parts, contents: readContents(source.root, metafile) };
}

/** A module is strict code, and so is the function made of it. One byte is one character: the loader reads the code as latin1. */
async function asFunction({ path, text }: OutputFile): Promise<[name: string, code: string]> {
  const { code } = await transform(text, { ...form, ...asRequire, format: 'cjs' });
  if (Buffer.byteLength(code) !== code.length) throw new Error(`${path}: not ASCII`);
  return [path.slice(path.lastIndexOf('/') + 1), `function(require,module,exports){"use strict";${code}}`];
}
