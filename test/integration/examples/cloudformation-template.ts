import { parse, type ScalarTag } from 'yaml';

export type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> };

export type Template = {
  readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};

/** What a name, or a name and its attribute, stands for. */
export type Lookup = (name: string, attribute: string | undefined) => unknown;

/** The short forms of CloudFormation's functions, as the template uses them. */
const FUNCTIONS = ['Ref', 'Sub', 'GetAtt', 'Join'] as const;

/** Throws where the text has an alias of YAML: CloudFormation takes none. */
export function parseTemplate(text: string): Template {
  return parse(text, { customTags: FUNCTIONS.flatMap(tagsOf), maxAliasCount: 0 });
}

function tagsOf(name: (typeof FUNCTIONS)[number]): ScalarTag[] {
  const key = name === 'Ref' ? 'Ref' : `Fn::${name}`;
  const scalar = {
    tag: `!${name}`,
    resolve: (text: string) => ({ [key]: name === 'GetAtt' ? text.split(/\.(.*)/, 2) : text }),
  };
  const sequence = {
    tag: `!${name}`,
    collection: 'seq' as const,
    resolve: (list: { toJSON(): unknown }) => ({ [key]: list.toJSON() }),
  };
  return [scalar, sequence as unknown as ScalarTag];
}

/** The same value with what each function stands for in its place. */
export function evaluate(value: unknown, lookup: Lookup): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, lookup));
  if (typeof value !== 'object' || value === null) return value;
  const call = functionIn(value);
  if (call === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluate(item, lookup)]));
  }
  return run(call, lookup);
}

export type FunctionCall = { readonly name: string; readonly argument: unknown };

/** The function that this object is a call of. */
export function functionIn(value: unknown): FunctionCall | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0 || !/^(?:Ref$|Fn::)/.test(entry[0])) return undefined;
  return { name: entry[0], argument: entry[1] };
}

function run({ name, argument }: FunctionCall, lookup: Lookup): unknown {
  const words = Array.isArray(argument) ? argument : [argument];
  switch (name) {
    case 'Ref':
      return lookup(String(argument), undefined);
    case 'Fn::GetAtt':
      return lookup(String(words[0]), String(words[1]));
    case 'Fn::Join':
      return (evaluate(words[1], lookup) as unknown[]).join(String(words[0]));
    case 'Fn::Sub':
      return substitute(String(words[0]), (words[1] ?? {}) as Readonly<Record<string, unknown>>, lookup);
    default:
      throw new Error(`${name} is not known here`);
  }
}

function substitute(text: string, own: Readonly<Record<string, unknown>>, lookup: Lookup): string {
  return text.replaceAll(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    if (Object.hasOwn(own, name)) return String(evaluate(own[name], lookup));
    const [resource = '', attribute] = name.split(/\.(.*)/, 2);
    return String(lookup(resource, attribute));
  });
}
