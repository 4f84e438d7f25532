import { SettingError } from '../errors.ts';
import { type EntrypointSettings, readEntrypointSettings } from './entrypoint-settings.ts';
import type { EnvironmentSnapshot } from './environment.ts';

/** Our own settings, and every problem of theirs and of variables that could not be handed over unchanged. */
export function readStartSettings(
  options: ReadonlyMap<string, string>,
  snapshot: EnvironmentSnapshot,
): { readonly settings: EntrypointSettings; readonly problems: readonly SettingError[] } {
  const { settings, problems } = readEntrypointSettings(options, snapshot.variables);
  return {
    settings,
    problems: [
      ...snapshot.notUtf8.map(refuseBytes),
      ...problems.map(({ subject, message, hint }) => new SettingError(message, { subject, hint })),
      ...notAvailable(settings),
    ],
  };
}

function refuseBytes(variable: string): SettingError {
  return new SettingError('the value holds bytes that are not UTF-8, and would not reach Kong unchanged', {
    subject: variable,
    hint: 'write the value in UTF-8, or encode it (base64) where its reader allows that',
  });
}

/** Words that the settings table knows and this version does not act on yet: refused, never passed over in silence. */
function notAvailable({ provision }: EntrypointSettings): SettingError[] {
  if (provision === 'off') return [];
  return [
    new SettingError('this version does not do that yet', {
      subject: 'KONG_ENTRYPOINT_PROVISION',
      hint: 'create the role and the database before, as the guide of Kong does',
    }),
  ];
}
