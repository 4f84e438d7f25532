import type { Contender, Group, Places } from '../contender.ts';
import { byHand, findInjectors, findPrograms } from '../peers.ts';
import { type Scene, secretName } from '../scene.ts';

/** A start as most are: two references to one secret, and a schema that is ready. Ours first, then what else does the job. */
export function warmStart(scene: Scene, places: Places): Group {
  const { binary, bundle } = places;
  const environment = (): Scene['environment'] => scene.environment;
  const start = ['--handover', 'references', '--program', scene.program];
  const remembered = /schema ready \(remembered/;
  const cli = commandLine(scene);
  const injectors = findInjectors(scene, places);
  const ours: readonly Contender[] = [
    {
      name: 'kong-entrypoint, schema remembered',
      words: [binary, ...start, 'kong', 'docker-start'],
      environment,
      proof: remembered,
    },
    {
      name: 'kong-entrypoint, Kong is asked once (--fast-path off)',
      words: [binary, '--fast-path', 'off', ...start, 'kong', 'docker-start'],
      environment,
      proof: /schema ready \(up to date\)/,
    },
    {
      name: 'the bundle under Node, schema remembered',
      words: [process.execPath, bundle, ...start, 'kong', 'docker-start'],
      environment,
      proof: remembered,
    },
  ];
  return {
    title: `Warm start: 2 references to 1 secret, the schema is ready (${scene.isRealKong ? 'a real Kong' : 'a stand-in of Kong, quicker than Kong'})`,
    contenders: [...ours, ...cli.contenders, ...injectors.contenders],
    notMeasured: [...cli.notMeasured, ...injectors.notMeasured],
  };
}

function commandLine(scene: Scene): Pick<Group, 'contenders' | 'notMeasured'> {
  const name = 'a shell script: AWS CLI, kong migrations bootstrap';
  const { found } = findPrograms(['aws', 'jq', 'python3'], scene.environment['PATH'] ?? '');
  const names = new Set(found.map((one) => one.name));
  if (!names.has('aws') || !(names.has('jq') || names.has('python3'))) {
    return { contenders: [], notMeasured: [`${name}: needs aws, and jq or python3, on PATH`] };
  }
  const words = [byHand('aws-cli-start.sh'), secretName, scene.program] as const;
  const proof = /already bootstrapped/;
  return {
    contenders: [{ name, words, environment: () => scene.environment, proof, isOptional: true }],
    notMeasured: [],
  };
}
