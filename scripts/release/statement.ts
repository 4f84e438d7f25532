/** What was built: a name and its SHA-256, in hexadecimal. */
export type Subject = { readonly name: string; readonly digest: { readonly sha256: string } };

export type Statement = {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: object;
};

export const PROVENANCE = 'https://slsa.dev/provenance/v1';
export const BILL_OF_MATERIALS = 'https://cyclonedx.org/bom';

/** Where a build ran, from the variables that GitHub gives a job; a rehearsal on another machine says so itself. */
export type BuildRun = {
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  readonly builder: string;
  readonly invocation: string;
};

export function readBuildRun(variables: Readonly<Record<string, string | undefined>>, commit: string): BuildRun {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_REF: ref, GITHUB_RUN_ID: run } = variables;
  if (server === undefined || name === undefined || ref === undefined || run === undefined) {
    return { repository: 'local', ref: 'local', commit, builder: 'local', invocation: 'local' };
  }
  const repository = `${server}/${name}`;
  const attempt = variables['GITHUB_RUN_ATTEMPT'] ?? '1';
  return {
    repository,
    ref,
    commit: variables['GITHUB_SHA'] ?? commit,
    builder: `${server}/${variables['GITHUB_WORKFLOW_REF'] ?? name}`,
    invocation: `${repository}/actions/runs/${run}/attempts/${attempt}`,
  };
}

/** The predicate of SLSA provenance v1.0 (slsa.dev/spec/v1.0/provenance): which source, by which builder, in which run. */
export function describeProvenance({ repository, ref, commit, builder, invocation }: BuildRun): object {
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref, repository, path: '.github/workflows/release.yml' } },
      internalParameters: {},
      resolvedDependencies: [{ uri: `git+${repository}@${ref}`, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: builder }, metadata: { invocationId: invocation } },
  };
}

/** An in-toto statement v1 (in-toto/attestation, spec/v1/statement.md). */
export function makeStatement(subject: readonly Subject[], predicateType: string, predicate: object): Statement {
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate };
}
