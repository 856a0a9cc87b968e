-- Facts and rows as the pipeline stores them. Analysts read the views of 0003, never these tables.
-- first_wins: of two rows with one key the one that stood first in the log survives a merge.

CREATE TABLE IF NOT EXISTS raw_measurements ${ON_CLUSTER}
(
    event_id String,
    id_hash UInt64,
    content_hash UInt32,
    id_given UInt32,
    feed LowCardinality(String),
    entity LowCardinality(String),
    area LowCardinality(String),
    event_time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    extra String,
    property LowCardinality(String),
    value Float64,
    unit LowCardinality(String),
    quality LowCardinality(String),
    version UInt64,
    period LowCardinality(String),
    subsystem LowCardinality(String),
    log_position UInt64,
    log_row UInt32,
    first_wins UInt64 MATERIALIZED bitNot(log_position * 65536 + log_row),
    INDEX by_id id_hash TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${REPLACING(first_wins)}
PARTITION BY toYear(event_time)
ORDER BY (property, entity, event_time, feed, event_id)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_measurement_rows ${ON_CLUSTER} AS raw_measurements
ENGINE = ${REPLACING(first_wins)}
PARTITION BY toYear(event_time)
ORDER BY (property, entity, event_time, period, feed, version, event_id)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_cases ${ON_CLUSTER}
(
    event_id String,
    id_hash UInt64,
    content_hash UInt32,
    id_given UInt32,
    feed LowCardinality(String),
    entity String,
    area LowCardinality(String),
    event_time DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    extra String,
    case_id String,
    case_type LowCardinality(String),
    status LowCardinality(String),
    opened_at DateTime64(3, 'UTC'),
    due_at Nullable(DateTime64(3, 'UTC')),
    new_due_at Nullable(DateTime64(3, 'UTC')),
    responded_at Nullable(DateTime64(3, 'UTC')),
    completed_at Nullable(DateTime64(3, 'UTC')),
    closed_at Nullable(DateTime64(3, 'UTC')),
    pauses String,
    channel LowCardinality(String),
    agency LowCardinality(String),
    procedure LowCardinality(String),
    rating Nullable(Float64),
    attributes String,
    version UInt64,
    subsystem LowCardinality(String),
    log_position UInt64,
    log_row UInt32,
    first_wins UInt64 MATERIALIZED bitNot(log_position * 65536 + log_row),
    INDEX by_id id_hash TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${REPLACING(first_wins)}
PARTITION BY toYear(opened_at)
ORDER BY (subsystem, feed, case_id, version, event_id)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_posts ${ON_CLUSTER}
(
    event_id String,
    id_hash UInt64,
    content_hash UInt32,
    id_given UInt32,
    feed LowCardinality(String),
    entity String,
    area LowCardinality(String),
    event_time DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    extra String,
    platform LowCardinality(String),
    post_id String,
    action LowCardinality(String),
    text String,
    language LowCardinality(String),
    topics String,
    sentiment Nullable(Float64),
    reach Nullable(Float64),
    author String,
    version UInt64,
    subsystem LowCardinality(String),
    log_position UInt64,
    log_row UInt32,
    first_wins UInt64 MATERIALIZED bitNot(log_position * 65536 + log_row),
    INDEX by_id id_hash TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${REPLACING(first_wins)}
PARTITION BY toYear(event_time)
ORDER BY (platform, post_id, feed, version, event_id)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_alerts ${ON_CLUSTER}
(
    event_id String,
    id_hash UInt64,
    content_hash UInt32,
    id_given UInt32,
    feed LowCardinality(String),
    entity LowCardinality(String),
    area LowCardinality(String),
    event_time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    extra String,
    category LowCardinality(String),
    signature String,
    severity UInt32,
    source String,
    target String,
    count UInt32,
    subsystem LowCardinality(String),
    log_position UInt64,
    log_row UInt32,
    first_wins UInt64 MATERIALIZED bitNot(log_position * 65536 + log_row),
    INDEX by_id id_hash TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${REPLACING(first_wins)}
PARTITION BY toYear(event_time)
ORDER BY (category, event_time, feed, event_id)
${SETTINGS};
