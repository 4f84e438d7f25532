import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createEnd } from './demo/end.ts';
import { show } from './demo/show.ts';
import { createTerminal } from './demo/terminal.ts';

/*
 * npm run demo [-- --stay]
 * A start of a container, shown on a machine without Docker. Ends with exit 0 if all that it claims is proved, else 1.
 */
const { values } = parseArgs({ options: { stay: { type: 'boolean', default: false } } });
const terminal = createTerminal(process.stdout, process.env);
const program = fileURLToPath(new URL('../dist/kong-entrypoint', import.meta.url));

const end = createEnd((message) => terminal.heading(`It did not work: ${message}`));
process.exitCode = await end.afterwards(() => show({ program, terminal, end, stays: values.stay }));
