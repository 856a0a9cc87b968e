import type { Property } from '../model/registry.ts';
import type { CaseEvent, Event, EventEnvelope } from '../model/event.ts';
import { CASE_STATUSES } from '../model/event-schema.ts';
import type { EventKind, Subsystem } from '../model/subsystem.ts';
import type { PlacedEvent } from '../kpi/sql/group-sql-testing.ts';
import type { Draw } from '../kpi/rows/rows-testing.ts';

/** Words that the packs ask for: what feeds of each subsystem send, see the README beside this file. */
const CASE_TYPES: Readonly<Partial<Record<Subsystem, readonly string[]>>> = {
  'socio-economic': ['enterprise-registration'],
  tourism: ['beach-incident'],
  health: ['outpatient-visit', 'ambulance-call'],
  'citizen-reports': ['field-report', 'petition', 'suggestion'],
  'public-administration': ['dossier', 'directive'],
  'public-security': ['incident', 'camera-alert'],
  'social-media': ['media-item'],
  'information-security': ['security-incident', 'vulnerability'],
};
const TOPICS = ['flood', 'traffic', 'public-service', 'prices', 'another'];
const PLATFORMS = ['facebook', 'tiktok', 'press', 'bluesky', 'another'];
const AGENCIES = ['so-y-te', 'ubnd-vung-tau', 'cong-an-tinh', 'trung-tam-hanh-chinh-cong', ''];
const AREAS = ['vung-tau', 'ba-ria', 'phuong-vung-tau', ''];
const CLASSES = ['traffic-accident', 'crime', 'fire', 'drowning', 'another'];
const WORDS = {
  event: ['established', 'dissolved', 'suspended', 'resumed'],
  category: ['tourism', 'traffic', 'environment'],
  tone: ['negative', 'positive'],
  severity: ['critical', 'high'],
} as const;
const FLAGS = ['withinJurisdiction', 'reopened', 'resultDigitised', 'paidOnline', 'confirmed', 'verified'];

const START = Date.parse('2026-08-20T00:00:00+07:00');
const SPAN_MS = 60 * 86_400_000;
const STEP_MS = 300_000;
const MORNING_MS = 30 * 86_400_000 + 8 * 3_600_000;
const ROWS_MAX = 65_535;

interface Drawn {
  readonly draw: Draw;
  /** What is measured. */
  readonly properties: readonly Property[];
}

/** Rows as the feeds of a subsystem send them, drawn by chance, with what may be absent now and then absent. */
export function plausibleEvents(
  kind: EventKind,
  subsystem: Subsystem,
  { count, draw, properties }: Drawn & { readonly count: number },
): PlacedEvent[] {
  const kept = Math.min(count, ROWS_MAX);
  return Array.from({ length: kept }, (_, row) => {
    const event = plausibleEvent(kind, `${subsystem}-${kind}-${String(row)}`, { draw, properties });
    return { event: { ...event, feed: subsystem }, position: 1, row };
  });
}

function plausibleEvent(kind: EventKind, id: string, { draw, properties }: Drawn): Event {
  const { below, of } = draw;
  // Some of one morning, so that what belongs together meets.
  const morning = START + MORNING_MS + below(6) * STEP_MS;
  const time = below(3) === 0 ? morning : START + below(SPAN_MS / STEP_MS) * STEP_MS;
  const hash = { idHashHigh: below(2 ** 32), idHashLow: below(2 ** 32), contentHash: below(2 ** 32) };
  const base: EventEnvelope = {
    ...{ id, ...hash, idGiven: 1, extra: '', feed: '', latitude: null, longitude: null },
    ...{ entity: of(['e-1', 'e-2', 'e-3', '']), area: of(AREAS), eventTime: time, receivedAt: time },
  };
  switch (kind) {
    case 'measurement': {
      const property = of(properties);
      const period = of(['', '', localDay(time), localDay(time).slice(0, 7), '2026-Q3', '2026']);
      const value = Math.min(property.max, Math.max(property.min, below(250_000) / 1_000));
      const quality = below(12) === 0 ? 'suspect' : 'good';
      const row = { property: property.id, unit: property.unit, value, quality, version: 0, period } as const;
      return { ...base, kind, ...row };
    }
    case 'case':
      return plausibleCase(base, draw, CASE_TYPES);
    case 'post':
      return {
        ...{ ...base, kind, platform: of(PLATFORMS), postId: id, action: 'create', text: '', language: 'vi' },
        ...{ sentiment: below(4) === 0 ? null : below(200) / 100 - 1, reach: null, author: '', version: 1 },
        topics: JSON.stringify([...new Set(Array.from({ length: below(3) }, () => of(TOPICS)))].sort()),
      };
    case 'alert':
      return {
        ...{ ...base, kind, category: of(['scan', 'malware']), signature: 's', severity: 1 + below(5) },
        ...{ source: of(['10.0.0.1', '10.0.0.2', '']), target: '', count: 1 + below(9) },
      };
  }
}

function plausibleCase(base: EventEnvelope, { below, of }: Draw, types: typeof CASE_TYPES): Event {
  const openedAt = base.eventTime;
  const later = (hours: number): number | null => {
    return below(4) === 0 ? null : openedAt + below(hours * 12) * STEP_MS;
  };
  const attributes: Record<string, unknown> = {
    class: of(CLASSES),
    fee: of([0, 5_000, 'none']),
    deaths: below(3),
  };
  for (const [name, words] of Object.entries(WORDS)) if (below(5) > 0) attributes[name] = of(words);
  for (const name of FLAGS) if (below(4) > 0) attributes[name] = below(3) > 0;
  const due = later(30 * 24);
  const pause = [{ from: openedAt + 3_600_000, to: openedAt + 90_000_000, reason: 'supplement' }];
  return {
    ...{ ...base, kind: 'case', caseId: base.id, caseType: of(Object.values(types).flat()), version: 1 },
    ...{ status: of(CASE_STATUSES), openedAt, dueAt: due, newDueAt: null, respondedAt: later(40) },
    ...{
      completedAt: later(30 * 24),
      closedAt: null,
      channel: of(['online', 'one-stop', '']),
      procedure: '',
    },
    ...{ agency: of(AGENCIES), rating: below(2) === 0 ? null : below(101) },
    pauses: below(3) === 0 ? JSON.stringify(pause) : '',
    attributes: JSON.stringify(attributes),
  };
}

/** The local day of a time, `2026-11-23`. */
export function localDay(time: number): string {
  return new Date(time + 25_200_000).toISOString().slice(0, 10);
}

/** Times of a recorded case. */
export type CaseTimes = Pick<CaseEvent, 'openedAt' | 'dueAt' | 'completedAt'>;

/** A recorded case as a feed would send its last version. */
export function caseEvent(caseType: string, caseId: string, times: CaseTimes): CaseEvent {
  const number = Number(caseId);
  return {
    ...{ id: caseId, idHashHigh: 0, idHashLow: number, contentHash: number, idGiven: 1, extra: '' },
    ...{ feed: 'recorded', entity: '', area: '', latitude: null, longitude: null, version: 1 },
    ...{ eventTime: times.openedAt, receivedAt: times.openedAt, kind: 'case', caseType, caseId },
    ...{
      status: times.completedAt === null ? 'in-progress' : 'completed',
      newDueAt: null,
      respondedAt: null,
    },
    ...{ closedAt: null, pauses: '', channel: '', agency: '', procedure: '', rating: null, attributes: '' },
    ...times,
  };
}
