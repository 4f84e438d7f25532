import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoProgram } from '../world/system-packages.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

type Wanted = {
  /** An empty folder; the files are in its `root` afterwards. */
  readonly folder: string;
  /** As Debian calls it, `trixie`. */
  readonly suite: string;
  /** This system's own when absent. */
  readonly architecture?: string;
  /** Nothing of what they depend on comes with them. */
  readonly packages: readonly string[];
};

/** Unpacks packages of another suite of Debian, which Debian's keys prove; nothing is installed, and apt's lists stay as they are. */
export function unpackFromSuite(wanted: Wanted): void {
  const { folder, suite, packages } = wanted;
  const why = whyNoProgram(KEYRING, 'debian-archive-keyring');
  if (why !== false) throw new Error(why);
  const root = join(folder, 'root');
  for (const name of ['lists/partial', 'archives/partial', 'sources', 'root']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'sources', 'suite.list'), `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`);
  const configuration = join(folder, 'apt.conf');
  writeFileSync(configuration, configurationFor(wanted));
  const apt = (...words: readonly string[]): unknown =>
    execFileSync('apt-get', ['-qq', ...words], {
      cwd: folder,
      env: { ...process.env, APT_CONFIG: configuration },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  apt('update');
  apt('download', ...packages);
  const archives = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) execFileSync('dpkg', ['--extract', join(folder, archive), root]);
}

function configurationFor({ folder, architecture }: Wanted): string {
  const foreign = `APT::Architecture "${architecture}"; APT::Architectures { "${architecture}"; };`;
  return [
    architecture === undefined ? '' : foreign,
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts "${folder}/sources";`,
    `Dir::State::lists "${folder}/lists";`,
    'Dir::State::status "/dev/null";',
    `Dir::Cache "${folder}";`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}

/** Where this system has its own packages from; Debian's own place where this is Ubuntu. */
function mirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...readdirSync(folder).map((name) => join(folder, name))];
  const text = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  const [url] = /https?:\/\/\S+\/debian\/?(?=\s)/.exec(text.join('\n')) ?? [];
  return url ?? 'http://deb.debian.org/debian';
}
