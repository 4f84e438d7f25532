/** A row of the table that another suite proves already. A unit test holds that the test is there. */
export type ProvedElsewhere = {
  readonly part: string;
  readonly what: string;
  readonly file: string;
  /** The title, as its source writes it. */
  readonly test: string;
};

export const provedElsewhere: readonly ProvedElsewhere[] = [
  {
    part: 'kill',
    what: 'a second signal neither hastens nor delays the end',
    file: 'test/end-to-end/signals.test.ts',
    test: 'at a second signal neither sooner nor later',
  },
  {
    part: 'kill',
    what: 'migrations that ignore every signal are killed when the grace period is over',
    file: 'test/end-to-end/signals.test.ts',
    test: 'migrations run that ignore every signal',
  },
  {
    part: 'kill',
    what: 'a bootstrap killed at 30 random moments is repaired, alone and with others',
    file: 'test/migrations/killed.test.ts',
    test: 'at random moments is repaired by the next start, alone and with',
  },
  {
    part: 'vault',
    what: 'that refuses the connection',
    file: 'test/end-to-end/error-cases/vault-access.ts',
    test: 'a vault that is not there',
  },
  {
    part: 'vault',
    what: 'that hangs',
    file: 'test/end-to-end/error-cases/vault-access.ts',
    test: 'a vault that hangs for longer than may be waited',
  },
  {
    part: 'vault',
    what: 'that is slow, breaks off, or answers with 500s, HTML or no JSON',
    file: 'test/integration/aws-hostile-servers.test.ts',
    test: 'that does not do its work ends the read in time, with a sentence and no secret',
  },
  {
    part: 'vault',
    what: 'whose secret is in another region',
    file: 'test/end-to-end/diagnostics/environments.ts',
    test: 'other-region',
  },
  {
    part: 'vault',
    what: 'with expired credentials',
    file: 'test/end-to-end/error-cases/vault-access.ts',
    test: 'an expired token',
  },
  {
    part: 'vault',
    what: 'whose clock differs by ten minutes',
    file: 'test/integration/aws-vault.test.ts',
    test: 'through a clock that is ten minutes wrong, since AWS tells the time',
  },
  {
    part: 'vault',
    what: 'whose certificate nobody vouches for',
    file: 'test/integration/aws-connection.test.ts',
    test: 'that nobody vouches for stops with 78',
  },
  {
    part: 'database',
    what: 'that is late, restarts, or goes away for good',
    file: 'test/migrations/database-troubles.test.ts',
    test: 'goes away for good while migrations run: 75',
  },
  {
    part: 'database',
    what: 'that is full',
    file: 'test/migrations/database-troubles.test.ts',
    test: 'is waited for, and handed over when there is room; 75 when there never is',
  },
  {
    part: 'database',
    what: 'that is read-only, or is promoted meanwhile',
    file: 'test/migrations/database-troubles.test.ts',
    test: 'that is promoted while a start waits is bootstrapped',
  },
  {
    part: 'database',
    what: 'whose TLS is refused, demanded, or not trusted',
    file: 'test/migrations/database-troubles.test.ts',
    test: 'with an authority that is not trusted: 77, and a hand-over once it is',
  },
  {
    part: 'database',
    what: 'that ends the connection of the lock',
    file: 'test/migrations/held-lock.test.ts',
    test: 'a lock whose connection is cut for 2 s is taken again, and the bootstrap goes on',
  },
  {
    part: 'child',
    what: 'that exits with a status of its own',
    file: 'test/end-to-end/child.test.ts',
    test: 'with it, and Kong is not started',
  },
  {
    part: 'child',
    what: 'that floods its output with 100 MB',
    file: 'test/end-to-end/child.test.ts',
    test: 'may print 100 MB, which go through whole and in bounded memory',
  },
  {
    part: 'child',
    what: 'that leaves processes behind',
    file: 'test/end-to-end/child.test.ts',
    test: 'leave nothing running that they started, when they',
  },
  {
    part: 'system',
    what: 'with an environment of 1 MB',
    file: 'test/end-to-end/bad-environment.test.ts',
    test: 'an environment of 1 MB',
  },
  {
    part: 'system',
    what: 'with bytes that are not UTF-8',
    file: 'test/end-to-end/bad-environment.test.ts',
    test: 'bytes that are not UTF-8, and names the variable',
  },
  {
    part: 'system',
    what: 'with a variable that is set twice',
    file: 'test/end-to-end/bad-environment.test.ts',
    test: 'a variable twice, of which the last one counts',
  },
  {
    part: 'leaks',
    what: 'the secret in every kind of unusable answer',
    file: 'test/end-to-end/leaks.test.ts',
    test: 'the password is in no line, no file and no command line of the',
  },
  {
    part: 'hand-over',
    what: 'of every byte of the environment and the words',
    file: 'test/end-to-end/hand-over-bytes.test.ts',
    test: 'hands over every byte',
  },
  {
    part: 'hand-over',
    what: 'of descriptors, limits, masks, folder, priority, children, as PID 1 too',
    file: 'test/end-to-end/hand-over.test.ts',
    test: 'leaves what the exec of a shell leaves',
  },
  {
    part: 'fuzz',
    what: 'references as Kong reads them, in 2,999 recorded cases',
    file: 'test/unit/reference.test.ts',
    test: 'answers as Kong does in all',
  },
  {
    part: 'fuzz',
    what: 'keys of secrets as Kong reads them, in 800 recorded cases',
    file: 'test/unit/secret-object.test.ts',
    test: 'answers as Kong does in all',
  },
  {
    part: 'fuzz',
    what: 'kong.conf as Kong reads it, in 400 recorded cases',
    file: 'test/unit/kong-settings.test.ts',
    test: 'answers as Kong does in all',
  },
  {
    part: 'load',
    what: '20 starters at once, 20 times over',
    file: 'test/migrations/starters.test.ts',
    test: 'starters at once all hand over and one bootstraps',
  },
];
