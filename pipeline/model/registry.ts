import type { Subsystem } from './subsystem.ts';

/** A text in both languages of the screens; Vietnamese first. */
export interface Title {
  readonly vi: string;
  readonly en: string;
}

/** A measured quantity: its own unit, the units it may be sent in, and its plausible range. */
export interface Property {
  readonly id: string;
  readonly title: Title;
  /** UCUM code of the unit that is stored, `ug/m3`. */
  readonly unit: string;
  /** Units that are accepted, each with the factor to the stored unit; always contains `unit` with 1. */
  readonly units: Readonly<Record<string, number>>;
  /** Other names that feeds use for this property. */
  readonly aliases: readonly string[];
  /** A value outside [min, max], in the stored unit, is quarantined as OUT_OF_RANGE. */
  readonly min: number;
  readonly max: number;
}

/** A standard station may carry a VN_AQI on walls; an indicative one shows concentrations only. */
export type EntityClass = 'standard' | 'indicative';

/** A station, a portal, a hospital: whatever events are about. */
export interface Entity {
  readonly id: string;
  readonly name: Title;
  readonly subsystem: Subsystem;
  readonly area: string;
  readonly class: EntityClass;
  /** Expected seconds between two readings of one property, or null where none is known. */
  readonly cadenceSeconds: number | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Place on the schematic map, kilometres east and south of its north-west corner; null: not drawn. */
  readonly map: { readonly x: number; readonly y: number } | null;
}

/** A node of the hierarchy of areas, valid from a date to a date. */
export interface Area {
  readonly id: string;
  readonly name: Title;
  readonly level: 'province' | 'district' | 'commune';
  readonly parent: string;
  readonly validFrom: string;
  /** First day on which it no longer exists, or ''. */
  readonly validTo: string;
  readonly km2: number | null;
  /** Population by year, from the statistical yearbook named in the file. */
  readonly population: Readonly<Record<string, number>>;
  /** Schematic outline, kilometres from the map's north-west corner; empty: not drawn. */
  readonly outline: readonly (readonly [number, number])[];
}

/** Configuration of a feed. A feed that is not listed has the defaults and is marked undeclared. */
export interface FeedConfig {
  readonly id: string;
  readonly title: Title;
  /** Used when a row does not say. */
  readonly subsystem: Subsystem | null;
  readonly kind: string | null;
  readonly area: string;
  /** An event further ahead of its receipt is quarantined as FUTURE, seconds. */
  readonly skewSeconds: number;
  /** Whether an hour is named by its start (default) or its end in this feed. */
  readonly hourLabel: 'start' | 'end';
  /** What a number in `eventTime` counts since 1970; without it a number is refused. */
  readonly timeUnit?: 's' | 'ms' | 'us' | 'ns';
  readonly declared: boolean;
}

/** All registries of one process, by id. */
export interface Registry {
  readonly properties: ReadonlyMap<string, Property>;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly areas: ReadonlyMap<string, Area>;
  readonly feeds: ReadonlyMap<string, FeedConfig>;
  /** sha256 of everything that can change a value, hex. */
  readonly hash: string;
}
