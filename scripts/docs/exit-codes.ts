/** What an exit code means, and what an operator does about it. */
export type ExitCodeRow = { readonly code: string; readonly meaning: string; readonly todo: string };

/** Every status that the program ends with when it does not become Kong. A test holds the numbers against `src/errors.ts`. */
export const exitCodes: readonly ExitCodeRow[] = [
  { code: '64', meaning: 'the command line cannot be understood', todo: 'correct the command or the option' },
  {
    code: '65',
    meaning: "the secret's content is not usable: no JSON object, key absent, not a string, white space around it",
    todo: 'correct the secret or the key in the reference',
  },
  {
    code: '66',
    meaning: 'no such secret, version or variable',
    todo: 'correct the reference, the region or the account',
  },
  {
    code: '70',
    meaning: 'a bug in kong-entrypoint',
    todo: 'report it with the lines that it printed; they hold no value',
  },
  {
    code: '71',
    meaning: 'the system refused: no process, no writable `/tmp`',
    todo: 'check the limits and mounts of the container',
  },
  {
    code: '75',
    meaning: 'not available in time: vault, database or lock',
    todo: 'let the orchestrator start it again; if it persists, check the network and the server',
  },
  {
    code: '77',
    meaning: 'refused: credentials, permissions, login',
    todo: 'give the role, the grant or the password; a restart does not help',
  },
  {
    code: '78',
    meaning: 'a setting or a reference is malformed or cannot work here; a stop by policy',
    todo: 'correct the setting that the line names, or choose the policy',
  },
  {
    code: '126',
    meaning: 'the program to become cannot be executed',
    todo: 'check its mode, interpreter and architecture',
  },
  { code: '127', meaning: 'the program to become is not there', todo: 'check the command and the image' },
  {
    code: '128 + n',
    meaning: 'stopped by signal n: 143 for TERM, 131 for QUIT, 130 for INT',
    todo: 'nothing was handed over; start it again',
  },
  {
    code: "the child's",
    meaning:
      '`kong migrations` or `kong prepare` failed with it, or `--check` of a migrations step would not go through',
    todo: "read the child's own lines above ours",
  },
];
