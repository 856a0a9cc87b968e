/** The ten subsystems, in the fixed order of the wall, and the platform beside them. */
export const SUBSYSTEMS = [
  'socio-economic',
  'tourism',
  'health',
  'education',
  'environment',
  'citizen-reports',
  'public-administration',
  'public-security',
  'social-media',
  'information-security',
] as const;

/** Id of a subsystem, as in subjects, tables, files and URLs. */
export type Subsystem = (typeof SUBSYSTEMS)[number];

/** Beside the ten: what the platform says of itself. It has KPIs only, no events, no shard. */
export const PLATFORM = 'platform';

/** Whose KPI a definition is: of a subsystem, or of the platform. */
export type KpiSubsystem = Subsystem | typeof PLATFORM;

/** Who publishes values: the shard of a subsystem, or the runner of derived KPIs on a subject of its own. */
export const DERIVED_SHARD = 'derived';

/** Name of a publisher, as in subjects and checkpoints. */
export type KpiShard = Subsystem | typeof DERIVED_SHARD;

/** The four kinds of event; the envelope is the same for all. */
export const EVENT_KINDS = ['measurement', 'case', 'post', 'alert'] as const;

/** Id of a kind, as in subjects and rows. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** The area code of the province itself: the area of an event that names none. */
export const PROVINCE_AREA = 'ba-ria-vung-tau';

/** Whether a text is the id of a subsystem. */
export function isSubsystem(text: string): text is Subsystem {
  return (SUBSYSTEMS as readonly string[]).includes(text);
}

/** Whether a text names a subsystem or the platform. */
export function isKpiSubsystem(text: string): text is KpiSubsystem {
  return text === PLATFORM || isSubsystem(text);
}

/** Whether a text is the id of a kind. */
export function isEventKind(text: string): text is EventKind {
  return (EVENT_KINDS as readonly string[]).includes(text);
}
