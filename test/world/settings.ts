import { gatherSettings, type SettingSources } from '../../src/settings/gather-settings.ts';
import type { Settings } from '../../src/settings/setting.ts';

/** Kong's settings from these sources. */
export function settingsFrom(sources: SettingSources): Settings {
  return gatherSettings(sources).settings;
}
