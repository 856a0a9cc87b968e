import { dirname } from 'node:path';

import type { Finding, SourceFile } from './finding.ts';

/** Longest file, tests included. */
export const fileLinesMax = 500;

/** Most source files in one folder, tests not counted: they lie beside what they test. */
export const folderFilesMax = 12;

const sourcePattern = /\.(ts|tsx|css|sql)$/;
const testPattern = /\.test\.tsx?$/;

/** Files that are too long, and folders with too many of them. */
export function checkSizes(files: readonly SourceFile[]): readonly Finding[] {
  const findings: Finding[] = [];
  const perFolder = new Map<string, number>();
  for (const { path, content } of files.filter((file) => sourcePattern.test(file.path))) {
    const lines = content.split('\n').length - (content.endsWith('\n') ? 1 : 0);
    if (lines > fileLinesMax) {
      findings.push({ place: path, text: `${lines} lines, at most ${fileLinesMax}: split it by noun` });
    }
    if (!testPattern.test(path)) perFolder.set(dirname(path), (perFolder.get(dirname(path)) ?? 0) + 1);
  }
  for (const [folder, count] of perFolder) {
    if (count <= folderFilesMax) continue;
    findings.push({
      place: `${folder}/`,
      text: `${count} source files, at most ${folderFilesMax}: make folders`,
    });
  }
  return findings;
}
