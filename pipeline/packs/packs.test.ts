import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';

import { SUBSYSTEMS } from '../model/subsystem.ts';
import { loadDefinitions, packFiles, packsFolder } from '../kpi/definitions/load-definitions.ts';
import { isDerived, isGroup } from '../kpi/kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';

/** What the ten subsystems show first. */
const FIRST: Readonly<Record<(typeof SUBSYSTEMS)[number], string>> = {
  'socio-economic': `grdp_growth_ex_oil grdp_growth iip_yoy cpi_yoy budget_revenue_execution public_investment_disbursement
    enterprises_net targets_on_track digital_economy_share payment_account_share`,
  tourism: `room_occupancy overnight_guests site_visitors site_crowding holiday_vs_last revenue_yoy beach_incidents
    complaints_per_10k`,
  health: `bed_occupancy icu_beds_free outpatient_wait_median dengue_cases dengue_over_channel notifiable_incidence
    ambulance_response_p90 drug_stockout_rate`,
  education: `absence_rate schools_reported absence_spike_schools classes_over_size pupils_per_teacher dropout_rate
    national_standard_schools digital_report_cards`,
  environment: `vn_aqi_hour vn_aqi_day pm25_mean_1h data_availability rain_24h water_over_alarm effluent_exceedance
    noise_laeq us_nowcast_pm25 us_aqi_pm25`,
  'citizen-reports': `on_time_rate open_overdue due_soon first_response_median close_p90 satisfaction_rate reopen_rate
    hotspots`,
  'public-administration': `on_time_rate open_overdue due_soon online_submission_rate full_service_share
    digitised_results_rate online_payment_rate edoc_exchange_rate digital_inspection_rate dti_self_score
    directive_on_time_rate`,
  'public-security': `incidents_open response_p90 traffic_accidents traffic_deaths crime_per_100k fires
    camera_availability alert_confirmed_rate`,
  'social-media': `mentions velocity net_sentiment topics_rising share_of_voice source_diversity negative_unanswered
    answered_on_time`,
  'information-security': `alerts_high unique_sources mttd mttr infected_hosts_rate agent_coverage vulns_overdue
    portal_availability`,
};

const registry = loadRegistry([defaultRegistryFolder()]);
const definitions = loadDefinitions(registry);
const kpis = new Map(definitions.all.map((kpi) => [kpi.id, kpi]));
const texts = packFiles(packsFolder()).map((file) => [basename(file), readFileSync(file, 'utf8')] as const);

const DIACRITIC = /[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]/i;
/** Titles that are names or abbreviations in Vietnamese too. */
const NAMES = new Set(['environment.us_nowcast_pm25', 'environment.us_aqi_pm25']);

describe('the packs', () => {
  it.each(SUBSYSTEMS)('hold every KPI that %s shows first', (subsystem) => {
    const missing = FIRST[subsystem].split(/\s+/).filter((name) => !kpis.has(`${subsystem}.${name}`));
    expect(missing).toEqual([]);
  });

  it('name every KPI in Vietnamese with its diacritics and in English without', () => {
    for (const { id, title } of kpis.values()) {
      expect(NAMES.has(id) || DIACRITIC.test(title.vi), id).toBe(true);
      expect(DIACRITIC.test(title.en), id).toBe(false);
      expect(title.vi.normalize('NFC'), id).toBe(title.vi);
      expect(title.en, id).not.toBe(title.vi);
    }
  });

  it('give no two KPIs of a subsystem the same title', () => {
    for (const language of ['vi', 'en'] as const) {
      const titles = [...kpis.values()].map(({ subsystem, title }) => `${subsystem}: ${title[language]}`);
      expect(titles.filter((title, index) => titles.indexOf(title) < index)).toEqual([]);
    }
  });

  it('have bands that get better or worse in one direction only', () => {
    const rank = { good: 0, watch: 1, bad: 2 } as const;
    for (const { id, bands } of kpis.values()) {
      const ranks = bands.flatMap(({ state }) => (state === 'none' ? [] : [rank[state]]));
      const steps = ranks.slice(1).map((one, index) => Math.sign(one - (ranks[index] ?? 0)));
      expect(new Set(steps).size, id).toBeLessThanOrEqual(1);
      expect(steps, id).not.toContain(0);
    }
  });

  it('promise a statistic neither sooner than its period is over nor later than two of them', () => {
    const days = { day: [1, 2], month: [31, 62], quarter: [92, 184], year: [366, 732] } as const;
    for (const { id, statistics, window } of texts.flatMap(([, text]) => entriesOf(parse(text)))) {
      const isCensus = window.period === 'school-term';
      if (statistics === undefined || isCensus) continue;
      const [least, most] = days[statistics];
      const freshDays = (kpis.get(id)?.freshSeconds ?? 0) / 86_400;
      expect(freshDays, id).toBeGreaterThan(least);
      expect(freshDays, id).toBeLessThan(most * (statistics === 'day' ? 3 : 1));
    }
  });

  it('promise freshness during calendars that there are', () => {
    for (const { id, freshDuring } of kpis.values()) {
      if (freshDuring !== '') expect([...registry.calendars.keys()], id).toContain(freshDuring);
    }
  });

  it('key and rank nothing by a person', () => {
    for (const [name, text] of texts) expect(text, name).not.toMatch(/\bauthor\b(?!s)/);
  });

  it('keep what is restricted or of foreign standards off the walls', () => {
    const hidden = [...kpis.values()].filter(({ visibility }) => visibility !== 'public').map(({ id }) => id);
    expect(hidden.sort()).toEqual([
      'environment.us_aqi_pm25',
      'environment.us_nowcast_pm25',
      'public-security.crime_per_100k',
      'public-security.crimes',
    ]);
  });

  it('derive nothing public from what is not', () => {
    for (const kpi of definitions.derived.filter(({ visibility }) => visibility === 'public')) {
      for (const { kpi: input } of kpi.derived.inputs) {
        expect(kpis.get(input)?.visibility, `${kpi.id} reads ${input}`).toBe('public');
      }
    }
  });

  it('count only properties that the registry knows, and every one of them', () => {
    const named = new Set(texts.flatMap(([, text]) => propertiesIn(parse(text))));
    expect([...named].filter((property) => !registry.properties.has(property))).toEqual([]);
    const weather = ['temperature', 'humidity', 'wind_speed', 'wind_direction', 'pressure'];
    const idle = [...registry.properties.keys()].filter((property) => !named.has(property));
    expect(idle.sort()).toEqual(weather.sort());
  });

  it('say in the README what feeds must send of every property and case type', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const caseTypes = texts.flatMap(([, text]) =>
      [...text.matchAll(/caseType: ([a-z-]+)/g)].map((match) => match[1] ?? ''),
    );
    const named = texts.flatMap(([, text]) => propertiesIn(parse(text)));
    for (const word of [...caseTypes, ...named]) expect(readme, word).toContain(`\`${word}\``);
  });

  it('check that buckets add up, ours and those that a portal publishes', () => {
    expect(definitions.identities.map(({ id }) => id).sort()).toEqual([
      'citizen-reports.ageing_adds_up',
      'citizen-reports.processed_adds_up',
      'public-administration.official_adds_up',
      'public-administration.open_adds_up',
      'public-administration.processed_adds_up',
    ]);
  });

  it('say of what is remembered and not read that it is, and never leave the source out', () => {
    for (const { id, source } of kpis.values()) {
      expect(source.length, id).toBeGreaterThan(9);
      if (/Circular|Decree|Decision (?!766|405|1459)|QCVN/.test(source) && !/42\/2022/.test(source)) {
        expect(source, id).toContain('[from memory]');
      }
    }
  });

  it('share families: rows are tested and slices kept once for several definitions', () => {
    const groups = [...kpis.values()].filter(isGroup);
    const derived = [...kpis.values()].filter(isDerived);
    expect(new Set(groups.map(({ plan }) => plan.family.text)).size).toBeLessThan(groups.length * 0.75);
    expect(derived.length).toBeGreaterThan(8);
  });
});

interface Entry {
  readonly id: string;
  readonly from: string;
  readonly statistics?: 'day' | 'month' | 'quarter' | 'year';
  readonly window: { readonly period?: string };
  readonly measures?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function entriesOf(yaml: unknown): readonly Entry[] {
  return (Array.isArray(yaml) ? yaml : (yaml as { kpis: unknown }).kpis) as readonly Entry[];
}

/** Values of measures that name a property: `sum: rain`, `property: rain`, `hours: pm25`. */
function propertiesIn(yaml: unknown): string[] {
  return entriesOf(yaml)
    .filter(({ from }) => from === 'measurement')
    .flatMap(({ measures }) => Object.values(measures ?? {}))
    .flatMap((measure) => Object.values(measure).flatMap(propertiesOf));
}

function propertiesOf(taken: unknown): string[] {
  if (typeof taken === 'string') return ['*', 'value'].includes(taken) ? [] : [taken];
  const { property, where, of } = taken as { property?: string; where?: { property?: string }; of?: string };
  return [property, where?.property, of].flatMap((one) =>
    one === undefined || one === 'value' ? [] : [one],
  );
}
