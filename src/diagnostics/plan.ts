/** What a start would do, in plain data; `--plan --output json` prints it. The version changes when a field changes its meaning or goes. */
export type Plan = {
  readonly version: 1;
  readonly command: readonly string[];
  readonly kong: { readonly version: string | null; readonly conf: string | null };
  /** What happens, step by step, in sentences. */
  readonly steps: readonly string[];
  /** The policy of a start, or the one step that is the command. */
  readonly migrations: 'bootstrap' | 'up' | 'finish' | 'wait' | 'off' | 'none';
  readonly handover: 'references' | 'values';
  /** Where Kong keeps its data; null where the start needs no database. A reference stands as it is. */
  readonly database: PlannedDatabase | null;
  readonly references: readonly PlannedReference[];
  readonly requests: readonly PlannedRequest[];
  /** Settings that `kong migrations` gets empty, since they hold references that it does not need. */
  readonly blanked: readonly string[];
  /** What this process becomes; null where it ends with the migrations, or where that is not known here. */
  readonly becomes: {
    readonly path: string;
    readonly argv: readonly string[];
    /** For `docker-start`: whether the image's script runs, and why; else null. */
    readonly way: string | null;
  } | null;
  readonly warnings: readonly string[];
  readonly problems: readonly PlannedProblem[];
};

export type PlannedDatabase = {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  /** The role that migrates; null where that is Kong's own. */
  readonly migrator: string | null;
  readonly database: string;
  readonly schema: string | null;
  readonly tls: 'off' | 'on' | 'required' | 'verified';
};

export type PlannedReference = {
  /** The variable, the file, or the line of kong.conf that holds it. */
  readonly setting: string;
  readonly reference: string;
  /** `nothing`: Kong gets it as it is, and `kong migrations` gets the setting empty. */
  readonly neededFor: 'provisioning' | 'connection' | 'migrator' | 'child' | 'bootstrap' | 'handover' | 'nothing';
  /** The number of the request that brings it, from 1; null for a reference that nobody asks for here. */
  readonly request: number | null;
  readonly key: string | null;
};

export type PlannedRequest = {
  readonly number: number;
  readonly vault: string;
  readonly secret: string;
  readonly secretVersion: string | null;
  readonly endpoint: string;
  readonly region: string | null;
  readonly regionFrom: string | null;
  readonly authentication: string;
  readonly role: string | null;
  /** What of this access expires one day while Kong runs on. */
  readonly runsOut: string | null;
};

export type PlannedProblem = {
  readonly subject: string | null;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
};
