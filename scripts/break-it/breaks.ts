/** One way to break the program. */
export type Break = {
  readonly what: string;
  readonly file: string;
  /** Text of the file, once in it, and what takes its place. */
  readonly from: string;
  readonly to: string;
  /** The file below `test` that has to turn red. */
  readonly test: string;
  /** The titles of the rows in it. */
  readonly rows: string;
};

export const breaks: readonly Break[] = [
  {
    what: 'a value is printed in an error',
    file: 'src/migrations/kong-child.ts',
    from: "const note = blanked.length === 0 ? ''",
    to: "const note = blanked.length === 0 ? arguments[2].variables['KONG_PG_PASSWORD']",
    test: 'faults/leaks.test.ts',
    rows: 'migrations that print it and fail',
  },
  {
    what: 'the lock is not taken',
    file: 'src/database/lock/advisory-lock.ts',
    from: 'rows[0]?.obtained === true',
    to: 'rows.length === 1',
    test: 'faults/load/starts.test.ts',
    rows: 'on an empty schema',
  },
  {
    what: 'a signal is not forwarded',
    file: 'src/process/process-group.ts',
    from: '      send(signal);\n',
    to: '',
    test: 'faults/kill.test.ts',
    rows: 'SIGTERM while a bootstrap runs',
  },
  {
    what: 'execve gets a changed environment',
    file: 'src/handover/replace-process.ts',
    from: 'process.execve(path, [...argv], environment)',
    to: "process.execve(path, [...argv], { ...environment, ADDED: 'yes' })",
    test: 'faults/hand-over.test.ts',
    rows: 'in a session and a group of its own',
  },
  {
    what: 'the prefix of a killed start is left',
    file: 'src/migrations/private-prefix.ts',
    from: '  await removeAbandoned(FOLDER);\n',
    to: '',
    test: 'faults/kill.test.ts',
    rows: 'SIGKILL while a bootstrap runs',
  },
  {
    what: 'a stalled statement is waited for',
    file: 'src/database/connection/within-bounds.ts',
    from: "signal.addEventListener('abort', breakOff, { once: true });",
    to: '',
    test: 'faults/services.test.ts',
    rows: 'that stalls in the middle of a statement',
  },
  {
    what: 'each attempt to connect has a limit of its own',
    file: 'src/database/available/patience.ts',
    from: 'await endure(error, failures, end);',
    to: 'await endure(error, failures, performance.now() + limit);',
    test: 'integration/database-link.test.ts',
    rows: 'closes the connection at every statement',
  },
  {
    what: 'temporary tables count as changes of the schema',
    file: 'src/database/lock/quiet.ts',
    from: 'OR c.oid IS NULL AND l.pid IN (SELECT pid FROM altering)',
    to: 'OR c.oid IS NULL',
    test: 'integration/quiet.test.ts',
    rows: 'has made a temporary table is not waited for',
  },
  {
    what: 'a live run is robbed of its row',
    file: 'src/database/lock/kong-lock.ts',
    from: "AND application_name IS DISTINCT FROM 'kong-entrypoint' LIMIT 1",
    to: 'AND false',
    test: 'migrations/dead-run.test.ts',
    rows: 'stays while somebody is connected',
  },
  {
    what: 'the row of anybody may go',
    file: 'src/database/memory/memory.ts',
    from: " AND split_part(id, ' ', 2) = $2`",
    to: " AND $2 <> ''`",
    test: 'migrations/dead-run.test.ts',
    rows: 'that somebody has started by hand',
  },
  {
    what: 'a signal that the runtime ignores stays ignored',
    file: 'src/handover/replace-process.ts',
    from: "['SIGPIPE', 'SIGXFSZ'] as const",
    to: "['SIGXFSZ'] as const",
    test: 'end-to-end/hand-over.test.ts',
    rows: 'after nothing',
  },
  {
    what: 'the runtime opens the standard pipes',
    file: 'src/main.ts',
    from: '  keepOutputBlocking();\n',
    to: '  process.stdout.write("");\n',
    test: 'end-to-end/hand-over.test.ts',
    rows: 'given pipes for output',
  },
  {
    what: 'Kong gets one variable more than it was given',
    file: 'src/handover/replace-process.ts',
    from: 'process.execve(path, [...argv], environment)',
    to: "process.execve(path, [...argv], { ...environment, ADDED: 'yes' })",
    test: 'end-to-end/how-to.test.ts',
    rows: 'one call, values for migrations, references for Kong',
  },
  {
    what: 'bytes that are not UTF-8 are not noticed',
    file: 'src/settings/environment.ts',
    from: 'notUtf8.push(name)',
    to: 'void name',
    test: 'end-to-end/bad-environment.test.ts',
    rows: 'bytes that are not UTF-8',
  },
  {
    what: 'two starters at once bootstrap',
    file: 'src/database/lock/advisory-lock.ts',
    from: 'rows[0]?.obtained === true',
    to: 'rows.length === 1',
    test: 'migrations/starters.test.ts',
    rows: 'starters at once all hand over',
  },
  {
    what: 'migrations are not told to stop',
    file: 'src/process/process-group.ts',
    from: '      send(signal);\n',
    to: '',
    test: 'end-to-end/signals.test.ts',
    rows: 'as the command of the container|in the middle of a statement',
  },
  {
    what: 'a signal is not heard',
    file: 'src/process/stop.ts',
    from: 'controller.abort(stoppedBy(name));',
    to: 'void stoppedBy;',
    test: 'end-to-end/signals.test.ts',
    rows: 'nothing listens at the database',
  },
  {
    what: 'open-source Kong gets its references back',
    file: 'src/handover/values.ts',
    from: 'variables[variable] = revealSecret(value);',
    to: 'return undefined;',
    test: 'end-to-end/values.test.ts',
    rows: 'for references in',
  },
  {
    what: 'the server keeps a node that vanished',
    file: 'src/database/connection/keepalive.ts',
    from: 'const IDLE = 15_000;',
    to: 'const IDLE = 7_200_000;',
    test: 'fleet/situations.test.ts',
    rows: 'the holder of the lock vanished without a FIN',
  },
  {
    what: 'a pooler before a dead server is waited for without end',
    file: 'src/database/available/link.ts',
    from: 'return Math.min(LONGEST_SILENCE, Math.max(left, SHORTEST_ATTEMPT));',
    to: 'return 2 ** 31 - 1 + 0 * left;',
    test: 'fleet/situations.test.ts',
    rows: '.session. before a server that just went down, and stays down',
  },
  {
    what: 'output is masked before it is read',
    file: 'src/migrations/kong-child.ts',
    from: '(printed[stream] + part)',
    to: '(printed[stream] + maskedPart)',
    test: 'unit/kong-output.test.ts',
    rows: 'is read as Kong printed it, whatever the password',
  },
];
