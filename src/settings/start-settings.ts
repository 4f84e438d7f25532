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
function notAvailable({ start, provision }: EntrypointSettings): SettingError[] {
  const refused: SettingError[] = [];
  function refuse(isAsked: boolean, subject: string, hint: string): void {
    if (isAsked) refused.push(new SettingError('this version does not do that yet', { subject, hint }));
  }
  refuse(start === 'native', 'KONG_ENTRYPOINT_START', "use image: docker-start runs through the image's script");
  refuse(
    provision !== 'off',
    'KONG_ENTRYPOINT_PROVISION',
    'create the role and the database before, as the guide of Kong does',
  );
  return refused;
}
