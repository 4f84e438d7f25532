/** A statement as a policy document has it; the emulator knows no other parts, and refuses a document that has them. */
type Statement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringLike?: Readonly<Record<string, string>> };
};

export type PolicyDocument = { readonly Version: string; readonly Statement: readonly Statement[] };

/** Who may do what: nothing that no policy allows. */
export type Iam = {
  /** Makes this the one policy of whoever has the access key. */
  attach(accessKeyId: string, document: PolicyDocument | undefined): void;
  allows(accessKeyId: string, action: string, resource: string, context?: Readonly<Record<string, string>>): boolean;
};

const known = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

export function createIam(): Iam {
  const policies = new Map<string, PolicyDocument>();
  return {
    attach(accessKeyId, document) {
      if (document === undefined) return void policies.delete(accessKeyId);
      for (const statement of document.Statement) {
        const unknown = Object.keys(statement).filter((key) => !known.has(key));
        if (unknown.length > 0 || statement.Effect !== 'Allow') throw new TypeError(`a statement with ${unknown}`);
      }
      policies.set(accessKeyId, document);
    },
    allows(accessKeyId, action, resource, context = {}) {
      const statements = policies.get(accessKeyId)?.Statement ?? [];
      return statements.some(
        (statement) =>
          isLikeAny(action, statement.Action) && isLikeAny(resource, statement.Resource) && meets(statement, context),
      );
    },
  };
}

function meets({ Condition }: Statement, context: Readonly<Record<string, string>>): boolean {
  const likes = Object.entries(Condition?.StringLike ?? {});
  return likes.every(([key, pattern]) => isLike(context[key] ?? '', pattern));
}

function isLikeAny(text: string, patterns: string | readonly string[]): boolean {
  return [patterns].flat().some((pattern) => isLike(text, pattern));
}

/** `*` is any text, `?` one character. */
function isLike(text: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}
