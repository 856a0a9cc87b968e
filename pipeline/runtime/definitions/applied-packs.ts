import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

import { ConfigurationError } from '../../errors.ts';
import { packFiles, type PackLayers, packsFolder, readPack } from '../../kpi/definitions/load-definitions.ts';
import { Mistakes } from '../../kpi/registry/mistakes.ts';
import { writeSecretFile } from '../access/secret-file.ts';

/** The file that `haidang kpi apply` keeps; the others of the folder are the operator's. */
const APPLIED = 'applied.yaml';
const DROPPED = 'dropped.json';

/** A pack as somebody hands it in: its name only says where mistakes are. */
export interface GivenPack {
  readonly name: string;
  readonly text: string;
}

/**
 * The packs that this installation runs: the product's, over them those of `packs/` in the state folder, over these
 * what was applied; less what was dropped.
 *
 *     pipeline/packs/*.yaml  <  $HAIDANG_HOME/packs/*.yaml  <  $HAIDANG_HOME/packs/applied.yaml
 */
export function installedPacks(home: string, product: PackLayers = productPacks()): PackLayers {
  const own = existsSync(folderOf(home)) ? packFiles(folderOf(home)) : [];
  const isApplied = (file: string): boolean => file === join(folderOf(home), APPLIED);
  return {
    layers: [...product.layers, own.filter((file) => !isApplied(file)), own.filter(isApplied)],
    dropped: [...product.dropped, ...droppedIds(home)],
  };
}

function productPacks(): PackLayers {
  return { layers: [packFiles(packsFolder())], dropped: [] };
}

/** Ids that were dropped and not applied again. */
export function droppedIds(home: string): readonly string[] {
  const file = join(folderOf(home), DROPPED);
  if (!existsSync(file)) return [];
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(content) ? content.filter((id) => typeof id === 'string') : [];
}

/** Changes with every change of the packs in the state folder. */
export function packsStamp(home: string): string {
  const folder = folderOf(home);
  if (!existsSync(folder)) return '';
  return [...packFiles(folder), join(folder, DROPPED)]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? '' : `${file} ${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    })
    .join('\n');
}

/** Packs handed in, as files beside the applied ones, until `remove`. */
export interface StagedPacks {
  /** What would run with them: they replace, and take back what was dropped of them. */
  readonly layers: PackLayers;
  /** Puts them in force for the next reader of `installedPacks`. @returns takes it back */
  commit(): () => void;
  remove(): void;
  /** A text about the files with the names that they were handed in under. */
  named(text: string): string;
}

/**
 * Lays packs beside the applied ones to be checked, and what is to be dropped.
 *
 * @throws ConfigurationError with one line per mistake when one is no pack
 */
export function stagePacks(
  home: string,
  given: {
    readonly packs: readonly GivenPack[];
    readonly drop: readonly string[];
    /** Default: the product's own. */
    readonly product?: PackLayers;
  },
): StagedPacks {
  const { packs, drop } = given;
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(folderOf(home), '.staged-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const names = packs.map(({ name }, index) => ({ name, file: join(folder, `${index}.yaml`) }));
    names.forEach(({ file }, index) => writeFileSync(file, packs[index]?.text ?? '', { mode: 0o600 }));
    const named = (text: string): string =>
      names.reduce((told, { name, file }) => told.replaceAll(file, name), text);
    const staged = readFiles(
      names.map(({ file }) => file),
      named,
    );
    const again = new Set(staged.kpis.map(({ id }) => id));
    const dropped = [...new Set([...droppedIds(home).filter((id) => !again.has(id)), ...drop])].sort();
    const installed = installedPacks(home, given.product);
    return {
      layers: { layers: [...installed.layers, names.map(({ file }) => file)], dropped },
      commit: () => commit(home, { ...staged, dropped }),
      ...{ remove, named },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

type Written = Pick<NonNullable<ReturnType<typeof readPack>>, 'kpis' | 'identities'>;

function readFiles(files: readonly string[], named: (text: string) => string): Written {
  const mistakes = new Mistakes();
  const packs = files.flatMap((file) => readPack(file, mistakes) ?? []);
  try {
    mistakes.refuseIfAny();
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(named(error.message)) : error;
  }
  return {
    kpis: packs.flatMap(({ kpis }) => kpis),
    identities: packs.flatMap(({ identities }) => identities),
  };
}

function commit(home: string, next: Written & { readonly dropped: readonly string[] }): () => void {
  const applied = join(folderOf(home), APPLIED);
  const dropped = join(folderOf(home), DROPPED);
  const before = [applied, dropped].map((file) => ({
    file,
    text: existsSync(file) ? readFileSync(file, 'utf8') : null,
  }));
  const held: Written = existsSync(applied)
    ? readFiles([applied], (text) => text)
    : { kpis: [], identities: [] };
  if (next.kpis.length + next.identities.length > 0) {
    const kpis = replaced(held.kpis, next.kpis);
    const identities = replaced(held.identities, next.identities);
    const content = identities.length === 0 ? { kpis } : { kpis, identities };
    writeSecretFile(applied, `${HEADER}${stringify(content)}`);
  }
  writeSecretFile(dropped, `${JSON.stringify(next.dropped)}\n`);
  return () => {
    for (const { file, text } of before) {
      if (text === null) rmSync(file, { force: true });
      else writeSecretFile(file, text);
    }
  };
}

const HEADER = '# Written by "haidang kpi apply": definitions that stand in for those of the packs.\n';

function replaced<Item extends { readonly id: string }>(
  held: readonly Item[],
  given: readonly Item[],
): Item[] {
  return [...new Map([...held, ...given].map((one) => [one.id, one])).values()];
}

function folderOf(home: string): string {
  return join(home, 'packs');
}
