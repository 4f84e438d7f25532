import { SettingError } from '../errors.ts';
import { readAdminSettings } from './admin-settings.ts';
import { type EntrypointSettings, readEntrypointSettings } from './entrypoint-settings.ts';
import type { EnvironmentSnapshot } from './environment.ts';
import type { Settings } from './setting.ts';

/** Our own settings, and who provisions: empty where nothing is to be provisioned. */
export type StartSettings = EntrypointSettings & { readonly admin: Settings };

/** Our own settings, and every problem of theirs and of variables that could not be handed over unchanged. */
export function readStartSettings(
  options: ReadonlyMap<string, string>,
  snapshot: EnvironmentSnapshot,
): { readonly settings: StartSettings; readonly problems: readonly SettingError[] } {
  const { settings, problems } = readEntrypointSettings(options, snapshot.variables);
  const admin = settings.provision === 'off' ? nobody : readAdminSettings(snapshot.variables);
  return {
    settings: { ...settings, admin: admin.settings },
    problems: [
      ...snapshot.notUtf8.map(refuseBytes),
      ...problems.map(({ subject, message, hint }) => new SettingError(message, { subject, hint })),
      ...admin.errors,
    ],
  };
}

const nobody = { settings: new Map(), errors: [] };

function refuseBytes(variable: string): SettingError {
  return new SettingError('the value holds bytes that are not UTF-8, and would not reach Kong unchanged', {
    subject: variable,
    hint: 'write the value in UTF-8, or encode it (base64) where its reader allows that',
  });
}
