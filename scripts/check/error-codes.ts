import type { Finding, SourceFile } from './finding.ts';

/** Codes of error classes (`code = 'X'` in a file of errors) that README.md does not explain in a table. */
export function checkErrorCodes(files: readonly SourceFile[], readme: string): readonly Finding[] {
  const documented = new Set<string>();
  for (const line of readme.split('\n')) {
    if (!line.startsWith('|')) continue;
    for (const match of line.matchAll(/`([A-Z][A-Z0-9_]+)`/g)) documented.add(match[1] ?? '');
  }
  const findings: Finding[] = [];
  for (const { path, content } of files.filter((file) => /(^|[/-])errors\.ts$/.test(file.path))) {
    for (const match of content.matchAll(/\bcode(?::[^=;]+)? = '([A-Z][A-Z0-9_]*)'/g)) {
      const code = match[1] ?? '';
      if (!documented.has(code))
        findings.push({ place: path, text: `${code} is not in README.md's error table` });
    }
  }
  return findings;
}
