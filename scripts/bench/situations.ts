import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DEFAULT_KNOBS } from '../../test/world/stand-in-kong/knobs.ts';
import { enterpriseKnobs } from '../../test/world/stand-in-kong/shape.ts';
import {
  installStandInKong,
  type StandInKong,
  type StandInOptions,
} from '../../test/world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../../test/world/world.ts';
import type { Contender, Environment, Group, Places } from './contender.ts';
import { runAloud } from './measure.ts';
import type { Scene } from './scene.ts';

const shapes: Readonly<Record<string, StandInOptions>> = {
  'open-source': { edition: 'open-source' },
  Enterprise: enterpriseKnobs(DEFAULT_KNOBS.migrations),
};

/**
 * Warm and cold starts of both shapes of Kong, by the image's script and natively, beside a plain execution of that script: each until nginx
 * is reached, with `kong prepare` before it. A stand-in plays Kong. The names say how many processes of `kong migrations` a start ran.
 */
export function situations(scene: Scene, { binary }: Places): Group[] {
  return Object.entries(shapes).map(([shape, knobs]) => {
    const kong = installStandInKong(join(scene.folder, `kong-${shape}`), knobs);
    writeFileSync(kong.nginx, '#!/bin/sh\nexit 0\n');
    const on = (environment: Environment): Environment => {
      return { ...environment, PATH: `${kong.bin}${delimiter}${environment['PATH'] ?? ''}` };
    };
    const ready = on(scene.emptyDatabase());
    const literal = { ...ready, KONG_PG_USER: KONG_USER, KONG_PG_PASSWORD: KONG_PASSWORD };
    const plain: Contender = {
      name: "the image's script alone, a literal password",
      words: [kong.entryScript, 'kong', 'docker-start'],
      environment: () => literal,
    };
    const ways = { "the image's script": ['--program', kong.entryScript], native: ['--start', 'native'] };
    const ours = Object.entries(ways).flatMap(([way, options]): Contender[] => {
      const words = [binary, '--handover', 'references', ...options, 'kong', 'docker-start'] as const;
      return [
        { name: `warm, ${way}`, words, environment: () => ready },
        { name: `cold, ${way}`, words, environment: () => on(scene.emptyDatabase()) },
      ];
    });
    return {
      title: `Situations on a Kong of the ${shape} shape, until nginx is reached (a stand-in of Kong)`,
      contenders: [plain, ...ours].map((contender) => withCount(contender, kong)),
      notMeasured: [],
    };
  });
}

/** The first run makes a schema ready where the second is to find it so. */
function withCount(contender: Contender, kong: StandInKong): Contender {
  for (const _ of ['warms', 'is counted']) {
    kong.clearRecord();
    const { exitCode, output } = runAloud(contender);
    if (exitCode !== 0) throw new Error(`${contender.name}: exit code ${exitCode}: ${output}`);
  }
  const count = kong.record().filter(({ program, arguments: [word] }) => program === 'kong' && word === 'migrations');
  return { ...contender, name: `${contender.name} (kong migrations: ${count.length})` };
}
