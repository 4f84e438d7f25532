import { type Knobs, tableMigration } from './knobs.ts';

/** What an image of Kong is, where a test does not say: open-source Kong, or an Enterprise one. `npm run test:rest` runs with both. */
export type Shape = 'open-source' | 'Enterprise';

/** Set to `Enterprise`, every stand-in of Kong that is not told to be open-source is an Enterprise one. */
export const SHAPE = 'STAND_IN_SHAPE';

/** An Enterprise image, by what is public of it: a version of four parts, and subsystems of its own beside those of the open-source Kong. */
export function enterpriseKnobs(migrations: Knobs['migrations']): Pick<Knobs, 'edition' | 'version' | 'migrations'> {
  return {
    edition: 'enterprise',
    version: '3.10.0.2',
    migrations: [
      ...migrations,
      tableMigration('enterprise', '000_base'),
      tableMigration('enterprise', '006_1301_to_1500', true),
      tableMigration('enterprise.acl', '001_1500_to_2100'),
    ],
  };
}
