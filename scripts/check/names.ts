import { basename, dirname } from 'node:path';

import type { Finding, SourceFile } from './finding.ts';

/** Words that say nothing about what is inside. */
const emptyWords = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'base', 'misc'];

/** Files and folders with names that say nothing, and files that are not in kebab case. */
export function checkNames(files: readonly SourceFile[]): readonly Finding[] {
  const findings: Finding[] = [];
  const folders = new Set(files.flatMap(({ path }) => dirname(path).split('/')));
  for (const folder of folders) {
    if (hasEmptyWord(folder)) findings.push({ place: `${folder}/`, text: 'name it after what is inside' });
  }
  for (const { path } of files.filter((file) => /\.tsx?$/.test(file.path))) {
    const name = basename(path).replace(/\.(d\.)?tsx?$/, '');
    if (hasEmptyWord(name)) findings.push({ place: path, text: 'name it after its main export' });
    if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name)) findings.push({ place: path, text: 'use kebab case' });
  }
  return findings;
}

function hasEmptyWord(name: string): boolean {
  return name.split(/[-.]/).some((word) => emptyWords.includes(word));
}
