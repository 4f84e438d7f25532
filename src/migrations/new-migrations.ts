/** A subsystem with new migrations, as `kong migrations status` names it. */
export type NewSubsystem = {
  readonly subsystem: string;
  /** Whether it is a plugin that was added: nothing of it was ever run on this schema. */
  readonly isAddedPlugin: boolean;
};

/** The namespace of a plugin's migrations has this in it: `kong.plugins.acl.migrations`. */
const OF_A_PLUGIN = /\.plugins\./;

/** Of the lists of the JSON that `kong migrations status` prints; undefined where one does not say what it is. */
export function readNewSubsystems(executed: unknown, news: unknown): readonly NewSubsystem[] | undefined {
  const run = namesIn(executed)?.map(({ subsystem }) => subsystem);
  return namesIn(news)?.map(({ subsystem, namespace }) => ({
    subsystem,
    isAddedPlugin: run !== undefined && !run.includes(subsystem) && OF_A_PLUGIN.test(namespace),
  }));
}

function namesIn(list: unknown): { readonly subsystem: string; readonly namespace: string }[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const named = list.map((one: { readonly subsystem?: unknown; readonly namespace?: unknown } | null) => ({
    subsystem: String(one?.subsystem ?? ''),
    namespace: String(one?.namespace ?? ''),
  }));
  return named.every(({ subsystem }) => subsystem !== '') ? named : undefined;
}

/** Whose migrations are new: this version of Kong's, those of plugins that were added, or both. */
export function describeNew({ news = [] }: { readonly news?: readonly NewSubsystem[] }): string {
  const added = news.filter(({ isAddedPlugin }) => isAddedPlugin).map(({ subsystem }) => subsystem);
  const others = news.filter(({ isAddedPlugin }) => !isAddedPlugin).map(({ subsystem }) => subsystem);
  if (added.length === 0) return `this version of Kong has new migrations${inBrackets(others)}`;
  const plugins = `plugins were added that have new migrations${inBrackets(added)}`;
  return others.length === 0 ? plugins : `this version of Kong has new migrations${inBrackets(others)}, ${plugins}`;
}

/** Whether plugins were added to a Kong that has run all of its own. */
export function isOnlyPlugins({ news = [] }: { readonly news?: readonly NewSubsystem[] }): boolean {
  return news.length > 0 && news.every(({ isAddedPlugin }) => isAddedPlugin);
}

function inBrackets(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}
