/** Where a setting's text came from. */
export type SettingOrigin =
  | { readonly kind: 'variable'; readonly variable: string }
  | { readonly kind: 'file'; readonly variable: string; readonly path: string }
  | { readonly kind: 'conf'; readonly path: string };

/** One of Kong's settings as text, before it is typed: `pg_host`, trimmed, never empty. */
export type Setting = {
  readonly key: string;
  readonly text: string;
  readonly origin: SettingOrigin;
};

/** Settings by Kong's key. A setting that is unset, or set to nothing, is absent. */
export type Settings = ReadonlyMap<string, Setting>;

/** How an error names a setting: by what the operator would have to change. */
export function nameSetting(setting: Setting): string {
  switch (setting.origin.kind) {
    case 'variable':
      return setting.origin.variable;
    case 'file':
      return `${setting.origin.variable} (${setting.origin.path})`;
    case 'conf':
      return `${setting.key} in ${setting.origin.path}`;
  }
}

/** The variable that sets this setting: `pg_host` is `KONG_PG_HOST`. */
export function variableOf(key: string): string {
  return `KONG_${key.toUpperCase()}`;
}
