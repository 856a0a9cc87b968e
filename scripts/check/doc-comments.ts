import type { Finding, SourceFile } from './finding.ts';

const exported = /^export (?:abstract |async |declare )*(?:class|function\*?|const|let|interface|type) (\w+)/;

/**
 * Exports without a doc comment right above them. What follows an export without a blank line between (a group of
 * constants, the type of a schema, another overload) shares its comment.
 */
export function checkDocComments(files: readonly SourceFile[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, content } of files) {
    if (!/\.tsx?$/.test(path) || /\.test\.tsx?$/.test(path)) continue;
    const lines = content.split('\n');
    const seen = new Set<string>();
    for (const [index, line] of lines.entries()) {
      const name = exported.exec(line)?.[1];
      if (name === undefined || seen.has(name)) continue;
      seen.add(name);
      const above = lines[index - 1]?.trim() ?? '';
      const isDocumented = above.endsWith('*/');
      const followsAnother = above !== '' && !above.startsWith('//') && !above.startsWith('import ');
      if (isDocumented || followsAnother) continue;
      findings.push({ place: `${path}:${index + 1}`, text: `${name} has no doc comment` });
    }
  }
  return findings;
}
