import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../../errors.ts';
import type { CompiledKpi } from '../compiled-kpi.ts';
import type { DerivedKpi } from '../derived/derived-kpi.ts';
import { readAllDerived, type DerivedEntry } from '../derived/read-all-derived.ts';
import { isWrittenDerived } from '../derived/read-derived.ts';
import type { WrittenDerived } from '../derived/derived-schema.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { isDerived, isGroup, type Kpi } from '../kpi.ts';
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
  /** Computed from values of the others, each behind those that it reads. */
  readonly derived: readonly DerivedKpi[];
  /** All, in the order of the packs, the derived ones last. */
  readonly all: readonly Kpi[];
  readonly identities: readonly Identity[];
}

/** Packs in layers: a definition of a later layer takes the place of the one with its id in an earlier layer. */
export interface PackLayers {
  /** Files of each layer; inside one an id stands once. */
  readonly layers: readonly (readonly string[])[];
  /** Ids of definitions that are left out, with the identities that name them. */
  readonly dropped: readonly string[];
}

/**
 * Reads every pack (`*.yaml`) of a folder, or packs in layers, and compiles their definitions, sorted by file and order
 * in it.
 *
 * @param packs default: the packs of the product
 * @throws ConfigurationError with one line per mistake: file, line, column, what is wrong, what to do
 */
export function loadDefinitions(
  registry: DefinitionRegistry,
  packs: string | PackLayers = packsFolder(),
): Definitions {
  const { layers, dropped } = typeof packs === 'string' ? { layers: [packFiles(packs)], dropped: [] } : packs;
  const mistakes = new Mistakes();
  const context = definitionContext(registry);
  const kpis = new Map<string, Kpi>();
  const read = layers.map((files) => files.flatMap((file) => readPack(file, mistakes) ?? []));
  for (const layer of read) compileLayer(layer, { context, kpis, mistakes });
  readAllDerived(derivedEntries(read.flat(), mistakes), { context, kpis });
  mistakes.refuseIfAny();
  const known = read.flat().flatMap((pack) => readIdentities(pack, kpis, mistakes));
  mistakes.refuseIfAny();
  for (const id of dropped) kpis.delete(id);
  if (kpis.size > definitionsMax) {
    throw new ConfigurationError(`more than ${String(definitionsMax)} definitions: they are bounded`);
  }
  const all = [...kpis.values()];
  const stations = all.filter((kpi): kpi is CompiledKpi => !isGroup(kpi) && !isDerived(kpi));
  const identities = [...new Map(known.map((one) => [one.id, one])).values()];
  return {
    ...{ stations, groups: all.filter(isGroup), derived: all.filter(isDerived), all },
    identities: identities.filter((one) => one.kpis.every((id) => kpis.has(id))),
  };
}

/** The packs of a folder, sorted by name. @throws ConfigurationError when there is no such folder */
export function packFiles(folder: string): string[] {
  if (!existsSync(folder)) throw new ConfigurationError(`no such folder of packs: ${folder}`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return files.sort().map((name) => join(folder, name));
}

function compileLayer(
  layer: readonly Pack[],
  into: {
    readonly context: DefinitionContext;
    readonly kpis: Map<string, Kpi>;
    readonly mistakes: Mistakes;
  },
): void {
  const { context, kpis, mistakes } = into;
  const known = new Set<string>();
  for (const pack of layer) {
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
}

function derivedEntries(packs: readonly Pack[], mistakes: Mistakes): DerivedEntry[] {
  return packs.flatMap((pack) =>
    pack.kpis.flatMap((written, index) => {
      if (!isWrittenDerived(written)) return [];
      const at = [...pack.at, index];
      return [
        {
          written,
          complain: (path, reason, hint) => mistakes.add(pack.place([...at, ...path]), reason, hint),
        },
      ];
    }),
  );
}

/** A pack as it is written. */
export interface Pack {
  readonly kpis: readonly (Definition | WrittenDerived)[];
  readonly identities: readonly WrittenIdentity[];
  /** Where the definitions stand in the file. */
  readonly at: YamlPath;
  readonly place: YamlSource<unknown>['place'];
}

/**
 * A pack is a list of definitions, or has sections: `kpis` and `identities`.
 *
 * @returns undefined when it has mistakes, which are then in `mistakes`
 */
export function readPack(file: string, mistakes: Mistakes): Pack | undefined {
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
  definition: Definition | WrittenDerived,
  context: DefinitionContext,
  complain: (path: readonly string[], reason: string, hint: string) => void,
): CompiledKpi | GroupKpi | null {
  if (isWrittenDerived(definition)) return null;
  if (isStation(definition)) return compileKpi(checkDefinition(definition, complain));
  const group = checkGroup(definition, context, complain);
  return group === null ? null : compileGroup(group, context.functionsOf(definition.from));
}

function readIdentities(pack: Pack, kpis: ReadonlyMap<string, Kpi>, mistakes: Mistakes): Identity[] {
  return pack.identities.flatMap((written, index) => {
    const identity = readIdentity(written, kpis, (path, reason, hint) => {
      mistakes.add(pack.place(['identities', index, ...path]), reason, hint);
    });
    return identity === null ? [] : [identity];
  });
}

/** `pipeline/packs`, seen from the sources and from what is built into `dist/`. */
export function packsFolder(): string {
  const beside = fileURLToPath(new URL('../../packs/', import.meta.url));
  const fromBuild = fileURLToPath(new URL('../../../../pipeline/packs/', import.meta.url));
  return existsSync(beside) ? beside : fromBuild;
}
