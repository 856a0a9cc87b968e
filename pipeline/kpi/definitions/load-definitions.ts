import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../../errors.ts';
import type { CompiledKpi } from '../compiled-kpi.ts';
import { Mistakes } from '../registry/mistakes.ts';
import { readYamlSource } from '../registry/yaml-source.ts';
import { checkDefinition } from './check-definition.ts';
import { compileKpi } from './compile-kpi.ts';
import type { Plan } from './plan.ts';
import { definitionsMax, packSchema } from './schema.ts';

/**
 * Reads every pack (`*.yaml`) of a folder and compiles its definitions, sorted by file and order in it.
 *
 * @param folder default: the packs of the product
 * @throws ConfigurationError with one line per mistake: file, line, column, what is wrong, what to do
 */
export function loadDefinitions(folder: string = packsFolder()): readonly CompiledKpi[] {
  if (!existsSync(folder)) throw new ConfigurationError(`no such folder of packs: ${folder}`);
  const mistakes = new Mistakes();
  const plans = new Map<string, Plan>();
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  for (const name of files.sort()) {
    const source = readYamlSource(join(folder, name), packSchema, mistakes);
    source?.content.forEach((definition, index) => {
      const plan = checkDefinition(definition, (path, reason, hint) => {
        mistakes.add(source.place([index, ...path]), reason, hint);
      });
      if (plans.has(definition.id)) {
        mistakes.add(source.place([index, 'id']), `"${definition.id}" is there already`, 'an id stands once');
      }
      plans.set(definition.id, plan);
    });
  }
  mistakes.refuseIfAny();
  if (plans.size > definitionsMax) {
    throw new ConfigurationError(`more than ${String(definitionsMax)} definitions: they are bounded`);
  }
  return [...plans.values()].map(compileKpi);
}

/** `pipeline/packs`, seen from the sources and from what is built into `dist/`. */
function packsFolder(): string {
  const beside = fileURLToPath(new URL('../../packs/', import.meta.url));
  const fromBuild = fileURLToPath(new URL('../../../../pipeline/packs/', import.meta.url));
  return existsSync(beside) ? beside : fromBuild;
}
