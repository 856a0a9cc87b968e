-- Published values, what was set aside, where the pipeline stands, and the registries as tables.

CREATE TABLE IF NOT EXISTS raw_kpi_values ${ON_CLUSTER}
(
    kpi LowCardinality(String),
    version UInt32,
    area LowCardinality(String),
    entity LowCardinality(String),
    place String,
    dims String,
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC'),
    value Nullable(Float64),
    numerator Nullable(Float64),
    denominator Nullable(Float64),
    samples UInt64,
    status LowCardinality(String),
    revision UInt64,
    grade LowCardinality(String),
    watermark DateTime64(3, 'UTC'),
    published_at DateTime64(3, 'UTC'),
    as_of DateTime64(3, 'UTC'),
    state LowCardinality(String),
    target Nullable(Float64),
    late UInt64,
    quarantined UInt64,
    feeds_seen UInt32,
    feeds_expected UInt32,
    period LowCardinality(String),
    attributes String
)
ENGINE = ${REPLACING(revision)}
PARTITION BY toYear(window_start)
ORDER BY (kpi, version, place, dims, window_start, window_end)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_late_events ${ON_CLUSTER}
(
    log_position UInt64,
    log_row UInt32,
    subsystem LowCardinality(String),
    watermark DateTime64(3, 'UTC')
)
ENGINE = ${REPLACING()}
ORDER BY (log_position, log_row)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_quarantine ${ON_CLUSTER}
(
    sequence UInt64,
    row UInt32,
    feed LowCardinality(String),
    code LowCardinality(String),
    detail String,
    payload String,
    received_at DateTime64(3, 'UTC'),
    log_position UInt64,
    log_row UInt32
)
ENGINE = ${REPLACING()}
ORDER BY (log_position, log_row, sequence, row)
${SETTINGS};

-- Highest log position up to which raw rows and values of a subsystem are stored.
CREATE TABLE IF NOT EXISTS raw_positions ${ON_CLUSTER}
(
    subsystem LowCardinality(String),
    position UInt64
)
ENGINE = ${REPLACING(position)}
ORDER BY subsystem
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_feeds ${ON_CLUSTER}
(
    feed LowCardinality(String),
    title String,
    subsystem LowCardinality(String),
    declared UInt8,
    events UInt64,
    duplicates UInt64,
    conflicts UInt64,
    late UInt64,
    newest_event_time DateTime64(3, 'UTC'),
    last_received_at DateTime64(3, 'UTC'),
    position UInt64
)
ENGINE = ${REPLACING(position)}
ORDER BY (subsystem, feed)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_kpis ${ON_CLUSTER}
(
    id LowCardinality(String),
    version UInt32,
    hash String,
    subsystem LowCardinality(String),
    title_vi String,
    title_en String,
    unit String,
    window LowCardinality(String),
    fresh_seconds UInt32,
    lateness_seconds UInt32,
    visibility LowCardinality(String),
    source String,
    sql String,
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY id
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_areas ${ON_CLUSTER}
(
    id String,
    name_vi String,
    name_en String,
    level LowCardinality(String),
    parent String,
    valid_from Date,
    valid_to Nullable(Date),
    km2 Nullable(Float64),
    population String,
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY id
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_entities ${ON_CLUSTER}
(
    id String,
    name_vi String,
    name_en String,
    subsystem LowCardinality(String),
    area LowCardinality(String),
    class LowCardinality(String),
    cadence_seconds Nullable(UInt32),
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY id
${SETTINGS};
