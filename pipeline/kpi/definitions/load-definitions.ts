import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../../errors.ts';
import type { CompiledKpi } from '../compiled-kpi.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { isGroup } from '../kpi.ts';
import { Mistakes } from '../registry/mistakes.ts';
import { readYamlSource } from '../registry/yaml-source.ts';
import type { YamlPath, YamlSource } from '../registry/yaml-source.ts';
import { checkDefinition, isStation } from './stations/check-definition.ts';
import { compileKpi } from './stations/compile-kpi.ts';
import { definitionContext } from './definition-context.ts';
import type { DefinitionContext, DefinitionRegistry } from './definition-context.ts';
import { checkGroup } from './groups/check-group.ts';
import { compileGroup } from './groups/compile-group.ts';
import { readIdentity } from './identities.ts';
import type { Identity } from './identities.ts';
import { definitionsMax, listSchema, packSchema } from './schema.ts';
import type { Definition, WrittenIdentity } from './schema.ts';

/** Everything that packs define. */
export interface Definitions {
  /** Computed by the operator of stations, in the order of the packs. */
  readonly stations: readonly CompiledKpi[];
  /** Computed by the operator of groups, in the order of the packs. */
  readonly groups: readonly GroupKpi[];
  /** Both, in the order of the packs. */
  readonly all: readonly (CompiledKpi | GroupKpi)[];
  readonly identities: readonly Identity[];
}

/**
 * Reads every pack (`*.yaml`) of a folder and compiles its definitions, sorted by file and order in it.
 *
 * @param folder default: the packs of the product
 * @throws ConfigurationError with one line per mistake: file, line, column, what is wrong, what to do
 */
export function loadDefinitions(registry: DefinitionRegistry, folder: string = packsFolder()): Definitions {
  if (!existsSync(folder)) throw new ConfigurationError(`no such folder of packs: ${folder}`);
  const mistakes = new Mistakes();
  const context = definitionContext(registry);
  const kpis = new Map<string, CompiledKpi | GroupKpi>();
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const packs = files.sort().flatMap((name) => readPack(join(folder, name), mistakes) ?? []);
  const known = new Set<string>();
  for (const pack of packs) {
    pack.kpis.forEach((definition, index) => {
      const kpi = compiled(definition, context, (path, reason, hint) => {
        mistakes.add(pack.place([...pack.at, index, ...path]), reason, hint);
      });
      if (known.has(definition.id)) {
        mistakes.add(
          pack.place([...pack.at, index, 'id']),
          `"${definition.id}" is there already`,
          'an id stands once',
        );
      }
      known.add(definition.id);
      if (kpi !== null) kpis.set(kpi.id, kpi);
    });
  }
  mistakes.refuseIfAny();
  const identities = packs.flatMap((pack) => readIdentities(pack, kpis, mistakes));
  mistakes.refuseIfAny();
  if (kpis.size > definitionsMax) {
    throw new ConfigurationError(`more than ${String(definitionsMax)} definitions: they are bounded`);
  }
  const all = [...kpis.values()];
  const stations = all.filter((kpi): kpi is CompiledKpi => !isGroup(kpi));
  return { stations, groups: all.filter(isGroup), all, identities };
}

interface Pack {
  readonly kpis: readonly Definition[];
  readonly identities: readonly WrittenIdentity[];
  /** Where the definitions stand in the file. */
  readonly at: YamlPath;
  readonly place: YamlSource<unknown>['place'];
}

/** A pack is a list of definitions, or has sections: `kpis` and `identities`. */
function readPack(file: string, mistakes: Mistakes): Pack | undefined {
  if (/^(kpis|identities)[ \t]*:/m.test(readFileSync(file, 'utf8'))) {
    const source = readYamlSource(file, packSchema, mistakes);
    if (source === undefined) return undefined;
    const { kpis, identities } = source.content;
    return { kpis, identities: identities ?? [], at: ['kpis'], place: source.place };
  }
  const source = readYamlSource(file, listSchema, mistakes);
  if (source === undefined) return undefined;
  return { kpis: source.content, identities: [], at: [], place: source.place };
}

function compiled(
  definition: Definition,
  context: DefinitionContext,
  complain: (path: readonly string[], reason: string, hint: string) => void,
): CompiledKpi | GroupKpi | null {
  if (isStation(definition)) return compileKpi(checkDefinition(definition, complain));
  const group = checkGroup(definition, context, complain);
  return group === null ? null : compileGroup(group, context.functionsOf(definition.from));
}

function readIdentities(
  pack: Pack,
  kpis: ReadonlyMap<string, CompiledKpi | GroupKpi>,
  mistakes: Mistakes,
): Identity[] {
  return pack.identities.flatMap((written, index) => {
    const identity = readIdentity(written, kpis, (path, reason, hint) => {
      mistakes.add(pack.place(['identities', index, ...path]), reason, hint);
    });
    return identity === null ? [] : [identity];
  });
}

/** `pipeline/packs`, seen from the sources and from what is built into `dist/`. */
function packsFolder(): string {
  const beside = fileURLToPath(new URL('../../packs/', import.meta.url));
  const fromBuild = fileURLToPath(new URL('../../../../pipeline/packs/', import.meta.url));
  return existsSync(beside) ? beside : fromBuild;
}
