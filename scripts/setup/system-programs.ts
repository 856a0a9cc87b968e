import { spawnSync } from 'node:child_process';

/** A program that some tests start, and the Debian package that has it. */
interface SystemProgram {
  readonly names: readonly string[];
  readonly packageName: string;
  readonly usedFor: string;
}

const wanted: readonly SystemProgram[] = [
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packageName: 'chromium',
    usedFor: 'the tests of the web client in a real browser',
  },
  { names: ['mosquitto_pub'], packageName: 'mosquitto-clients', usedFor: 'tests with a foreign MQTT client' },
];

/**
 * Makes sure that the programs which tests start are there, from the system's packages where we may install.
 *
 * @returns a sentence for each that was installed, or that is missing and how to get it
 */
export function ensurePrograms(): readonly string[] {
  const missing = wanted.filter((program) => !isThere(program));
  if (missing.length === 0) return [];
  const packages = missing.map(({ packageName }) => packageName);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() === 0 && install(packages)) return [`installed ${packages.join(' and ')}`];
  return missing
    .filter((program) => !isThere(program))
    .map(
      ({ packageName, usedFor }) => `${packageName} is missing, needed for ${usedFor}. Get it: ${command}`,
    );
}

function isThere(program: SystemProgram): boolean {
  const found = (name: string): boolean =>
    spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0;
  return program.names.some(found);
}

function install(packages: readonly string[]): boolean {
  const run = (args: readonly string[]): boolean => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync('apt-get', args, { stdio: 'ignore', env, timeout: 900_000 }).status === 0;
  };
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  return run(args) || (run(['update']) && run(args));
}
