import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { nextSuiteSources, nextSuites, type AptSourceFile } from './apt-sources.ts';
import { natsCacheFolder, probeNatsServer, type NatsServer } from './find-nats.ts';
import { formatVersion, isAtLeast, parseVersion, strictSince } from './nats-version.ts';

/** What came of fetching: a server in the cache, or the reasons in the order of the attempts. */
export type FetchOutcome =
  | { readonly kind: 'fetched'; readonly server: NatsServer }
  | { readonly kind: 'failed'; readonly reasons: readonly string[] };

/** How long one apt command may take before we give up, milliseconds. */
const aptTimeoutMs = 180_000;
const packageName = 'nats-server';

/**
 * Fetches nats-server from the system's own packages without installing anything and without root: the
 * package of this release when it is new enough, else the next release's, else the old one.
 * Every package is checked by apt against the machine's own keys.
 */
export function fetchNatsServer(): FetchOutcome {
  if (!runs('apt-get') || !runs('dpkg-deb')) {
    return { kind: 'failed', reasons: ['this system has no apt-get and dpkg-deb to fetch a package with'] };
  }
  const workFolder = mkdtempSync(join(tmpdir(), 'haidang-setup-'));
  const reasons: string[] = [];
  try {
    const own = candidateVersion();
    const isOwnNewEnough = own !== undefined && isAtLeast(own, strictSince);
    const attempts = isOwnNewEnough ? [fetchOwn] : [fetchNext, fetchOwn];
    for (const attempt of attempts) {
      const outcome = attempt(workFolder);
      if (outcome.kind === 'fetched') return outcome;
      reasons.push(...outcome.reasons);
    }
    return { kind: 'failed', reasons };
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** The version that this release of the system would install; undefined when it knows no such package. */
function candidateVersion(): ReturnType<typeof parseVersion> {
  const answer = spawnSync('apt-cache', ['policy', packageName], { encoding: 'utf8', env: plainEnglish() });
  const line = /Candidate:\s*(.*)/.exec(answer.stdout ?? '');
  return line === null ? undefined : parseVersion(line[1] ?? '');
}

function fetchOwn(workFolder: string): FetchOutcome {
  const folder = join(workFolder, 'own');
  mkdirSync(folder);
  if (candidateVersion() === undefined) {
    return { kind: 'failed', reasons: ["the system's package lists do not know nats-server"] };
  }
  return downloadAndUnpack(folder, []);
}

function fetchNext(workFolder: string): FetchOutcome {
  const suite = currentSuite();
  const next = suite === undefined ? undefined : nextSuites.get(suite);
  if (suite === undefined || next === undefined) {
    return { kind: 'failed', reasons: ["the system's nats-server is older than 2.10"] };
  }
  const sources = nextSuiteSources(readSourceFiles(), suite, next);
  if (sources.length === 0) return { kind: 'failed', reasons: [`apt has no source for ${suite}`] };

  const folder = join(workFolder, 'next');
  const options = privateAptOptions(folder, sources);
  const updated = apt(folder, [...options, 'update']);
  if (updated !== undefined) return { kind: 'failed', reasons: [`package list of ${next}: ${updated}`] };
  return downloadAndUnpack(folder, options);
}

/** Lists, cache and sources of its own, so that the machine's apt is neither used nor changed. */
function privateAptOptions(folder: string, sources: readonly AptSourceFile[]): string[] {
  const parts = join(folder, 'parts');
  for (const name of ['parts', 'lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  for (const { name, content } of sources) writeFileSync(join(parts, name), content);
  return [
    `Dir::Etc::sourcelist=/dev/null`,
    `Dir::Etc::sourceparts=${parts}`,
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'APT::Default-Release=',
    'APT::Update::Post-Invoke-Success=',
    'APT::Update::Error-Mode=any',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
}

function downloadAndUnpack(folder: string, options: readonly string[]): FetchOutcome {
  const failure = apt(folder, [...options, 'download', packageName]);
  if (failure !== undefined) return { kind: 'failed', reasons: [`download of ${packageName}: ${failure}`] };
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive === undefined) return { kind: 'failed', reasons: ['apt-get download left no package'] };
  const root = join(folder, 'root');
  const unpacked = spawnSync('dpkg-deb', ['-x', join(folder, archive), root], { encoding: 'utf8' });
  if (unpacked.status !== 0) return { kind: 'failed', reasons: [`dpkg-deb: ${lastLine(unpacked.stderr)}`] };
  const program = ['usr/bin', 'usr/sbin'].map((bin) => join(root, bin, packageName)).find(existsSync);
  const server = program === undefined ? undefined : probeNatsServer(program);
  if (server === undefined) return { kind: 'failed', reasons: [`${archive} does not run on this system`] };
  return { kind: 'fetched', server: keep(server) };
}

/** Moves the program into the cache in one step: nobody ever finds half of it. */
function keep(server: NatsServer): NatsServer {
  const folder = join(natsCacheFolder, formatVersion(server.version));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, packageName);
  const arriving = `${path}.${process.pid}.new`;
  copyFileSync(server.path, arriving);
  chmodSync(arriving, 0o755);
  renameSync(arriving, path);
  return { ...server, path };
}

/** Runs apt-get in `folder`; undefined when it went well, else what it said last. */
function apt(folder: string, args: readonly string[]): string | undefined {
  const common = [
    ...['-q', '-o', `APT::Sandbox::User=${userInfo().username}`],
    ...['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'],
  ];
  const answer = spawnSync('apt-get', [...common, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: aptTimeoutMs,
    env: plainEnglish(),
  });
  if (answer.error !== undefined) return answer.error.message;
  return answer.status === 0 ? undefined : lastLine(answer.stderr);
}

function readSourceFiles(): AptSourceFile[] {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...names]
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .map((path) => ({ name: path, content: readFileSync(path, 'utf8') }));
}

function currentSuite(): string | undefined {
  const path = '/etc/os-release';
  if (!existsSync(path)) return undefined;
  const content = readFileSync(path, 'utf8');
  if (!/^ID="?debian"?$/m.test(content)) return undefined;
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(content)?.[1];
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function plainEnglish(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => line.startsWith('E:')) ?? lines.at(-1) ?? 'no reason given';
}
