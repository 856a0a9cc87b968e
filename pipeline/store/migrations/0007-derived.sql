-- What is known beside the values: identities that do not hold, comparisons with SQL, and definitions in doubt.

-- Windows in which an identity was broken, and those in which it holds again.
CREATE TABLE IF NOT EXISTS raw_identity_checks ${ON_CLUSTER}
(
    identity LowCardinality(String),
    kpis Array(String),
    place String,
    area LowCardinality(String),
    entity LowCardinality(String),
    dims String,
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC'),
    left_value Nullable(Float64),
    right_value Nullable(Float64),
    tolerance Float64,
    is_fault UInt8,
    found_at DateTime64(3, 'UTC'),
    revision UInt64
)
ENGINE = ${REPLACING(revision)}
ORDER BY (identity, place, dims, window_start)
${SETTINGS};

-- One row for each comparison of stored windows with their SQL, in the background.
CREATE TABLE IF NOT EXISTS raw_verifications ${ON_CLUSTER}
(
    kpi LowCardinality(String),
    version UInt32,
    compared_at DateTime64(3, 'UTC'),
    window_from DateTime64(3, 'UTC'),
    window_to DateTime64(3, 'UTC'),
    position UInt64,
    matched UInt64,
    different UInt64,
    missing UInt64,
    surplus UInt64,
    provisional UInt64,
    newer UInt64,
    elapsed_ms UInt32,
    examples String CODEC(ZSTD)
)
ENGINE = ${REPLACING()}
ORDER BY (compared_at, kpi, version, window_from)
${SETTINGS};

-- Definitions of which stored windows differ from their SQL: their values have grade D until they agree again.
CREATE TABLE IF NOT EXISTS raw_doubts ${ON_CLUSTER}
(
    kpi LowCardinality(String),
    version UInt32,
    spans UInt32,
    changed_at DateTime64(3, 'UTC')
)
ENGINE = ${REPLACING(changed_at)}
ORDER BY (kpi, version)
${SETTINGS};

CREATE OR REPLACE VIEW identity_checks ${ON_CLUSTER} AS
SELECT identity, kpis, area, entity, JSONExtract(dims, 'Map(String, String)') AS dims, window_start, window_end,
       left_value, right_value, tolerance, is_fault, found_at, revision
FROM raw_identity_checks FINAL;

CREATE OR REPLACE VIEW identity_faults ${ON_CLUSTER} AS
SELECT identity, kpis, area, entity, dims, window_start, window_end, left_value, right_value, tolerance, found_at
FROM identity_checks
WHERE is_fault = 1;

CREATE OR REPLACE VIEW verifications ${ON_CLUSTER} AS
SELECT kpi, version, compared_at, window_from, window_to, position, matched, different, missing, surplus,
       provisional, newer, elapsed_ms, examples
FROM raw_verifications;

-- Values with what is known beside them: the identity that does not hold for one, whether its definition is in doubt.
CREATE OR REPLACE VIEW raw_judged_values ${ON_CLUSTER} AS
SELECT v.*, JSONExtract(v.attributes, 'Map(String, String)') AS own, m.broken AS broken,
       (v.kpi, v.version) IN (SELECT kpi, version FROM raw_doubts FINAL WHERE spans > 0) AS doubted
FROM raw_kpi_values AS v FINAL
LEFT ANY JOIN (
    SELECT arrayJoin(kpis) AS kpi, place, dims, window_start, identity AS broken
    FROM raw_identity_checks FINAL
    WHERE is_fault = 1
) AS m ON m.kpi = v.kpi AND m.place = v.place AND m.dims = v.dims AND m.window_start = v.window_start
WHERE v.samples > 0;

CREATE OR REPLACE VIEW kpi_values ${ON_CLUSTER} AS
SELECT kpi, version, area, entity, JSONExtract(dims, 'Map(String, String)') AS dims,
       window_start, window_end, value, numerator, denominator, samples,
       CAST(status, 'Enum8(\'provisional\' = 1, \'final\' = 2, \'revised\' = 3)') AS status,
       revision,
       CAST(if(broken != '' OR doubted, 'D', grade), 'Enum8(\'A\' = 1, \'B\' = 2, \'C\' = 3, \'D\' = 4)') AS grade,
       watermark, published_at, as_of, period,
       toDate(window_start, 'Asia/Ho_Chi_Minh') AS local_date,
       CAST(state, 'Enum8(\'none\' = 0, \'good\' = 1, \'watch\' = 2, \'bad\' = 3)') AS state,
       target, late, quarantined, toUInt16(feeds_seen) AS feeds_seen, toUInt16(feeds_expected) AS feeds_expected,
       if(broken = '', own, mapUpdate(own, map('identity', broken))) AS attributes
FROM raw_judged_values;

CREATE OR REPLACE VIEW kpi_latest ${ON_CLUSTER} AS
SELECT kpi, version, area, entity, JSONExtract(dims, 'Map(String, String)') AS dims,
       window_start, window_end, value, numerator, denominator, samples,
       CAST(status, 'Enum8(\'provisional\' = 1, \'final\' = 2, \'revised\' = 3)') AS status,
       revision,
       CAST(if(broken != '' OR doubted, 'D', grade), 'Enum8(\'A\' = 1, \'B\' = 2, \'C\' = 3, \'D\' = 4)') AS grade,
       watermark, published_at, as_of, period,
       toDate(window_start, 'Asia/Ho_Chi_Minh') AS local_date,
       CAST(state, 'Enum8(\'none\' = 0, \'good\' = 1, \'watch\' = 2, \'bad\' = 3)') AS state,
       target, late, quarantined, toUInt16(feeds_seen) AS feeds_seen, toUInt16(feeds_expected) AS feeds_expected,
       if(broken = '', own, mapUpdate(own, map('identity', broken))) AS attributes
FROM raw_judged_values AS v
WHERE (v.kpi, v.version, v.place, v.dims, v.window_start) IN (
    SELECT kpi, version, place, dims, max(window_start)
    FROM raw_kpi_values FINAL
    WHERE samples > 0 AND (kpi, version) IN (SELECT id, version FROM kpis)
    GROUP BY kpi, version, place, dims
);
