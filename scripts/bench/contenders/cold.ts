import { KONG_PASSWORD, KONG_USER } from '../../../test/world/world.ts';
import type { Environment, Group, Places } from '../contender.ts';
import type { Scene } from '../scene.ts';

/** The first start on an empty database, beside the bare bootstrap that it is made of: each run has a database of its own. */
export function coldStart(scene: Scene, { binary }: Places): Group {
  const withValues = (): Environment => {
    return { ...scene.emptyDatabase(), KONG_PG_USER: KONG_USER, KONG_PG_PASSWORD: KONG_PASSWORD };
  };
  const start = ['--handover', 'references', '--program', scene.program, 'kong', 'docker-start'];
  return {
    title: 'Cold start: an empty database',
    contenders: [
      {
        name: 'kong migrations bootstrap alone, values in variables',
        words: [scene.kong, 'migrations', 'bootstrap'],
        environment: withValues,
      },
      {
        name: 'kong-entrypoint: bootstrap, its output and schema_meta compared, exec',
        words: [binary, ...start],
        environment: () => scene.emptyDatabase(),
        proof: /bootstrapping schema/,
      },
    ],
    notMeasured: [],
  };
}
