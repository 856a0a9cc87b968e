/** Which value a passport is about. */
export interface PassportKey {
  readonly kpi: string;
  readonly entity: string;
  /** Start of the window, ISO 8601 UTC. */
  readonly windowStart: string;
}

/** One text for a mark on the page. */
export function formatPassportKey({ kpi, entity, windowStart }: PassportKey): string {
  return `${kpi}|${windowStart}|${entity}`;
}

/** Reads the mark; undefined when it is none. An entity's id may hold anything, so it stands last. */
export function parsePassportKey(text: string | undefined): PassportKey | undefined {
  const [kpi, windowStart, ...entity] = (text ?? '').split('|');
  if (kpi === undefined || kpi === '' || windowStart === undefined || entity.length === 0) return undefined;
  return { kpi, windowStart, entity: entity.join('|') };
}
