/** A file of apt's configuration, as it stands on the machine. */
export interface AptSourceFile {
  /** Its name decides its form: `.sources` is deb822, `.list` has one entry a line. */
  readonly name: string;
  readonly content: string;
}

/** Releases whose own nats-server is too old, and the release after each. */
export const nextSuites: ReadonlyMap<string, string> = new Map([['bookworm', 'trixie']]);

/**
 * Rewrites the machine's own entry for `suite` so that it names the next suite: same mirror, same keys, only
 * `main`. Entries of other repositories, of updates and of security are left out.
 *
 * @returns the files to give to apt, empty when no entry names the suite
 */
export function nextSuiteSources(
  files: readonly AptSourceFile[],
  suite: string,
  next: string,
): readonly AptSourceFile[] {
  const found: AptSourceFile[] = [];
  for (const [index, file] of files.entries()) {
    const isDeb822 = file.name.endsWith('.sources');
    const content = isDeb822 ? fromDeb822(file.content, suite, next) : fromList(file.content, suite, next);
    if (content !== '') found.push({ name: `next-${index}${isDeb822 ? '.sources' : '.list'}`, content });
  }
  return found;
}

function fromDeb822(content: string, suite: string, next: string): string {
  const kept: string[] = [];
  for (const text of content.split(/\n[ \t]*\n/)) {
    const fields = parseStanza(text);
    const types = words(fields.get('types'));
    const isOff = /^(no|false|0)$/i.test(fields.get('enabled')?.trim() ?? '');
    if (isOff || !types.includes('deb') || !words(fields.get('suites')).includes(suite)) continue;
    if (!words(fields.get('components')).includes('main')) continue;
    const lines = ['Types: deb', `URIs: ${words(fields.get('uris')).join(' ')}`];
    lines.push(`Suites: ${next}`, 'Components: main');
    const signedBy = fields.get('signed-by');
    if (signedBy !== undefined) lines.push(`Signed-By:${signedBy}`);
    const trusted = fields.get('trusted');
    if (trusted !== undefined) lines.push(`Trusted:${trusted}`);
    kept.push(lines.join('\n'));
  }
  return kept.length === 0 ? '' : `${kept.join('\n\n')}\n`;
}

/** Field names in lower case to their text, continuation lines (a key in place, for one) included. */
function parseStanza(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const match = /^([A-Za-z-]+):(.*)$/.exec(line);
    if (match !== null) {
      name = (match[1] ?? '').toLowerCase();
      fields.set(name, match[2] ?? '');
    } else if (name !== undefined && /^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ''}\n${line}`);
    }
  }
  return fields;
}

function fromList(content: string, suite: string, next: string): string {
  const kept: string[] = [];
  for (const line of content.split('\n')) {
    const match = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) continue;
    const [, options = '', uri, found, components = ''] = match;
    if (found !== suite || !words(components).includes('main')) continue;
    kept.push(`deb ${options}${uri} ${next} main`);
  }
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
