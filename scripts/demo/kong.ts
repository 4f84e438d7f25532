import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installStandInKong, type StandInKong } from '../../test/world/stand-in-kong/stand-in-kong.ts';

/** The Kong that is to be started, and how. */
export type DemoKong = {
  /** One line that says plainly who plays Kong. */
  readonly introduction: string;
  /** The stand-in, if one plays. */
  readonly standIn: StandInKong | undefined;
  readonly handover: 'references' | 'values';
  /** Options of kong-entrypoint, then the container's command. */
  readonly words: readonly string[];
  /** Variables that this way of starting needs. */
  readonly variables: Readonly<Record<string, string>>;
};

const imageScripts = ['/entrypoint.sh', '/docker-entrypoint.sh'];
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The real `kong` where one is on PATH and runs; else a stand-in of Kong Enterprise, which is laid out in the folder. */
export function findKong(folder: string, path: string): DemoKong {
  for (const directory of path.split(delimiter)) {
    const program = join(directory, 'kong');
    const version = existsSync(program) ? versionOf(program, path) : undefined;
    if (version !== undefined) return realKong(program, version, path);
  }
  return standInKong(folder);
}

function versionOf(program: string, path: string): string | undefined {
  try {
    return execFileSync(program, ['version'], { env: { PATH: path }, encoding: 'utf8', timeout: 20_000 }).trim();
  } catch {
    return undefined;
  }
}

/** Open-source Kong has no vault backend but `env`, so it gets values; without the image's script it starts natively. */
function realKong(program: string, version: string, path: string): DemoKong {
  const isEnterprise = /enterprise/i.test(version);
  const hasScript = imageScripts.some((script) => existsSync(script));
  const options = isEnterprise ? [] : ['--handover', 'values'];
  return {
    introduction: `Kong is ${program}, which is on PATH: ${version}${isEnterprise ? '' : ' (open source, so --handover values)'}`,
    standIn: undefined,
    handover: isEnterprise ? 'references' : 'values',
    words: [...options, 'kong', hasScript ? 'docker-start' : 'start'],
    variables: { PATH: path, ...(hasScript ? {} : { KONG_NGINX_DAEMON: 'off' }) },
  };
}

function standInKong(folder: string): DemoKong {
  const standIn = installStandInKong(join(folder, 'stand-in'), { edition: 'enterprise', version: '3.10.0.0' });
  return {
    introduction: 'a stand-in plays Kong (Enterprise 3.10): there is no kong on PATH. All else here is real',
    standIn,
    handover: 'references',
    words: ['--program', standIn.entryScript, 'kong', 'docker-start'],
    variables: { PATH: `${standIn.bin}:${usualPath}` },
  };
}
