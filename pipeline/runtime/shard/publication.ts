import type { Evaluated, KpiFacts } from '../../kpi/compiled-kpi.ts';
import type { GroupPane } from '../../kpi/group-panes.ts';
import type { Pane } from '../../kpi/pane-book.ts';
import { withExcluded } from '../../kpi/published.ts';
import type { Grade, KpiState, KpiStatus, KpiValue } from '../../model/kpi-value.ts';
import type { Registry } from '../../model/registry.ts';
import { PROVINCE_AREA } from '../../model/subsystem.ts';
import { HOUR_MS, localDate } from '../../model/time.ts';
import type { FeedSet } from '../../time/watermark.ts';
import type { ExclusionBook } from '../../window/exclusions.ts';
import type { FeedCounts } from '../../window/feed-register.ts';
import { type KeyPlace, placeOfKey } from './groups/group-operator.ts';

/** What a publication says beside the content. */
export interface PublicationContext {
  readonly position: number;
  /** Processing time, milliseconds UTC. */
  readonly now: number;
  readonly registry: Registry;
  countsOf(feed: string): FeedCounts;
  /** Rows of the feed in quarantine. */
  quarantinedOf(feed: string): number;
  readonly latenessMs: number;
  /** The spans that count in no KPI. */
  readonly exclusions: ExclusionBook;
}

/** What both operators say of a window. */
interface Publishable {
  readonly kpi: KpiFacts;
  readonly place: KeyPlace;
  readonly set: FeedSet;
  /** Events since then count. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly period: string;
  readonly content: Evaluated | null;
  readonly status: KpiStatus;
}

/** Makes the published value of a pane: content, and the passport's facts of this publication. */
export function publish(pane: Pane | GroupPane, context: PublicationContext): KpiValue {
  return valueOf(
    'group' in pane ? groupPublishable(pane, context) : stationPublishable(pane, context),
    context,
  );
}

function stationPublishable(pane: Pane, { registry }: PublicationContext): Publishable {
  const { kpi, entity, start, end, content, status } = pane;
  const from = start - kpi.lookbackHours * HOUR_MS;
  const period = kpi.window === 'day' ? localDate(start) : `${localDate(start)}T${localHour(start)}`;
  const place = { area: areaOf(entity.id, entity.area, registry), entity: entity.id, dims: {} };
  return { kpi, place, set: entity.set, from, start, end, period, content, status };
}

function groupPublishable(pane: GroupPane, { registry }: PublicationContext): Publishable {
  const { kpi, group, dims, start, end, content, status } = pane;
  const { area, entity, dims: own } = placeOfKey(kpi.plan.family, group.key);
  const place = {
    area: entity === '' ? area : areaOf(entity, area, registry),
    entity,
    dims: { ...own, ...dims },
  };
  const { rule } = kpi.plan;
  const from = rule.slicesOf(start)[Symbol.iterator]().next().value ?? start;
  return { kpi, place, set: group.set, from, start, end, period: rule.periodOf(start), content, status };
}

function valueOf(window: Publishable, context: PublicationContext): KpiValue {
  const { kpi, place, set, content, start } = window;
  const { feeds, watermark } = set;
  const seen = feeds.filter((feed) => feed.watermark >= watermark - context.latenessMs).length;
  const asOf = content?.asOf ?? start;
  const late = sum(feeds.map(({ feed }) => context.countsOf(feed).late));
  const quarantined = sum(feeds.map(({ feed }) => context.quarantinedOf(feed)));
  const events = sum(feeds.map(({ feed }) => context.countsOf(feed).events));
  const isOpen = window.status === 'provisional';
  const alive = !isOpen || context.now - asOf <= kpi.freshSeconds * 1_000;
  return {
    kpi: kpi.id,
    version: kpi.version,
    ...place,
    windowStart: iso(start),
    windowEnd: iso(window.end),
    value: content?.value ?? null,
    numerator: content?.numerator ?? null,
    denominator: content?.denominator ?? null,
    samples: content?.samples ?? 0,
    status: window.status,
    revision: context.position,
    grade: worst(share(seen, feeds.length), share(events, events + quarantined), alive ? 'A' : 'D'),
    watermark: iso(Math.max(0, watermark)),
    publishedAt: iso(context.now),
    asOf: iso(asOf),
    period: window.period,
    localDate: localDate(start),
    state: stateOf(kpi, content?.value ?? null),
    target: null,
    late,
    quarantined,
    feedsSeen: seen,
    feedsExpected: feeds.length,
    attributes: withExcluded(content?.attributes ?? {}, excludedIn(window, context)),
  };
}

/** Ids of the exclusions of its feeds whose span meets a window. */
function excludedIn({ place, set, from, end }: Publishable, { exclusions }: PublicationContext): string[] {
  if (exclusions.active.length === 0) return [];
  const feeds = set.feeds.map(({ feed }) => feed);
  return exclusions.meeting({ feeds, entity: place.entity, from, to: end }).map(({ id }) => id);
}

const isoTexts = new Map<number, string>();
const ISO_TEXTS_MAX = 4_096;

/** ISO 8601 UTC with milliseconds. Values of one publication share their times: most are remembered. */
export function iso(ms: number): string {
  const known = isoTexts.get(ms);
  if (known !== undefined) return known;
  if (isoTexts.size >= ISO_TEXTS_MAX) isoTexts.clear();
  const text = new Date(ms).toISOString();
  isoTexts.set(ms, text);
  return text;
}

function areaOf(entity: string, own: string, registry: Registry): string {
  const area = registry.entities.get(entity)?.area ?? own;
  return area === '' ? PROVINCE_AREA : area;
}

/** The band that a value lies in. */
export function stateOf(kpi: Pick<KpiFacts, 'bands'>, value: number | null): KpiState {
  if (value === null || kpi.bands.length === 0) return 'none';
  const band = kpi.bands.find(({ below }) => below === null || value < below);
  return band?.state ?? 'none';
}

function localHour(ms: number): string {
  return iso(ms + 7 * 3_600_000).slice(11, 13);
}

/** A >= 98 %, B >= 95, C >= 85, else D. */
function share(part: number, whole: number): Grade {
  const ratio = whole === 0 ? 1 : part / whole;
  return ratio >= 0.98 ? 'A' : ratio >= 0.95 ? 'B' : ratio >= 0.85 ? 'C' : 'D';
}

function worst(...grades: readonly Grade[]): Grade {
  return [...grades].sort().at(-1) ?? 'A';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
