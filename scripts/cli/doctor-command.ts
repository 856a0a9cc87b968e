import { existsSync } from 'node:fs';
import type { Command } from 'commander';

import { readDurability, readLocalSettings, type Environment } from '../../pipeline/runtime/settings.ts';
import { httpAnswers } from '../process/probe.ts';
import { builtPath } from '../project-root.ts';
import { findNatsServer } from '../setup/find-nats.ts';
import { decideDurability, formatVersion, isAtLeast, parseVersion } from '../setup/nats-version.ts';
import { missingNatsMessage } from '../setup/setup-nats.ts';
import { checkHome, checkPorts } from '../start/preflight.ts';
import { roleUrls } from '../start/roles.ts';
import { readServices } from '../start/services-file.ts';
import { CommandFailure } from './command-failure.ts';

/** One thing that was looked at. */
interface Finding {
  readonly state: 'ok' | 'warning' | 'problem';
  readonly text: string;
}

/** Adds `haidang doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look at this machine: node, nats-server, build, disk, ports, running services')
    .action(async () => {
      const findings = await examine(process.env);
      for (const { state, text } of findings) process.stdout.write(`${state.padEnd(8)} ${text}\n`);
      const problems = findings.filter(({ state }) => state === 'problem').length;
      if (problems > 0) throw new CommandFailure(`${problems} of ${findings.length} checks found a problem`);
    });
}

/** Looks at everything; never throws for what it finds. */
async function examine(env: Environment): Promise<readonly Finding[]> {
  const settings = readLocalSettings(env);
  const home = checkHome(settings.home);
  const services = readServices(settings.home);
  return [
    examineNode(),
    examineNats(env),
    existsSync(builtPath('query/main'))
      ? { state: 'ok', text: 'the build is there' }
      : { state: 'problem', text: 'there is no build: run npm ci' },
    home === undefined
      ? { state: 'ok', text: `state folder ${settings.home}` }
      : { state: 'problem', text: home },
    ...(services === undefined ? await examinePorts(env) : await examineServices(env)),
  ];
}

function examineNode(): Finding {
  const version = parseVersion(process.version);
  const isNewEnough = version !== undefined && isAtLeast(version, [20, 12, 0]);
  const text = `node ${process.version}`;
  return isNewEnough
    ? { state: 'ok', text }
    : { state: 'problem', text: `${text}, 20.12 or newer is needed` };
}

function examineNats(env: Environment): Finding {
  if (env.NATS_URL !== undefined && env.NATS_URL !== '') return { state: 'ok', text: 'broker of NATS_URL' };
  const server = findNatsServer();
  if (server === undefined) return { state: 'problem', text: missingNatsMessage().replace('\n', ' ') };
  const decision = decideDurability(server.version, readDurability(env));
  const text = `nats-server ${formatVersion(server.version)} at ${server.path}`;
  if (decision.kind === 'refused') return { state: 'problem', text: decision.reason };
  if (decision.warning !== undefined) return { state: 'warning', text: `${text}: ${decision.warning}` };
  return { state: 'ok', text: `${text}: ${decision.durability}` };
}

async function examinePorts(env: Environment): Promise<readonly Finding[]> {
  const problems = await checkPorts(readLocalSettings(env));
  if (problems.length === 0) return [{ state: 'ok', text: 'not running; the ports are free' }];
  return problems.map((text) => ({ state: 'problem', text }));
}

async function examineServices(env: Environment): Promise<readonly Finding[]> {
  const urls = Object.values(roleUrls(readLocalSettings(env)));
  const findings = urls.map(async (url): Promise<Finding> => {
    const isReady = await httpAnswers(`${url}/readyz`);
    if (isReady) return { state: 'ok', text: `${url} is ready` };
    return { state: 'problem', text: `${url}/readyz does not answer 200` };
  });
  return Promise.all(findings);
}
