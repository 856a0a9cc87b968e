-- The analysts' surface: each event once, the newest version of each row, the highest revision of each value.

CREATE OR REPLACE VIEW measurements ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra
FROM raw_measurements FINAL
UNION ALL
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra
FROM raw_measurement_rows FINAL
WHERE (feed, entity, property, event_time, period, (version, log_position, log_row)) IN (
    SELECT feed, entity, property, event_time, period, max((version, log_position, log_row))
    FROM raw_measurement_rows
    GROUP BY feed, entity, property, event_time, period
);

CREATE OR REPLACE VIEW case_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       case_id, case_type, status, opened_at, due_at, new_due_at, responded_at, completed_at, closed_at,
       pauses, channel, agency, procedure, rating, attributes, version, latitude, longitude, extra
FROM raw_cases FINAL;

CREATE OR REPLACE VIEW cases ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       case_id, case_type, status, opened_at, due_at, new_due_at, responded_at, completed_at, closed_at,
       pauses, channel, agency, procedure, rating, attributes, version, latitude, longitude, extra
FROM raw_cases FINAL
WHERE (subsystem, feed, case_id, (version, log_position, log_row)) IN (
    SELECT subsystem, feed, case_id, max((version, log_position, log_row))
    FROM raw_cases
    GROUP BY subsystem, feed, case_id
);

CREATE OR REPLACE VIEW post_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       platform, post_id, action, text, language, JSONExtract(topics, 'Array(String)') AS topics,
       sentiment, reach, author, version, latitude, longitude, extra
FROM raw_posts FINAL;

CREATE OR REPLACE VIEW posts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       platform, post_id, action, text, language, JSONExtract(topics, 'Array(String)') AS topics,
       sentiment, reach, author, version, latitude, longitude, extra
FROM raw_posts FINAL
WHERE action != 'delete' AND (platform, post_id, feed, (version, log_position, log_row)) IN (
    SELECT platform, post_id, feed, max((version, log_position, log_row))
    FROM raw_posts
    GROUP BY platform, post_id, feed
);

CREATE OR REPLACE VIEW alerts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       category, signature, severity, source, target, count, latitude, longitude, extra
FROM raw_alerts FINAL;

CREATE OR REPLACE VIEW kpi_values ${ON_CLUSTER} AS
SELECT kpi, version, area, entity, JSONExtract(dims, 'Map(String, String)') AS dims,
       window_start, window_end, value, numerator, denominator, samples,
       CAST(status, 'Enum8(\'provisional\' = 1, \'final\' = 2, \'revised\' = 3)') AS status,
       revision,
       CAST(grade, 'Enum8(\'A\' = 1, \'B\' = 2, \'C\' = 3, \'D\' = 4)') AS grade,
       watermark, published_at, as_of, period,
       toDate(window_start, 'Asia/Ho_Chi_Minh') AS local_date,
       CAST(state, 'Enum8(\'none\' = 0, \'good\' = 1, \'watch\' = 2, \'bad\' = 3)') AS state,
       target, late, quarantined, toUInt16(feeds_seen) AS feeds_seen, toUInt16(feeds_expected) AS feeds_expected,
       JSONExtract(attributes, 'Map(String, String)') AS attributes
FROM raw_kpi_values FINAL
WHERE samples > 0;

CREATE OR REPLACE VIEW kpi_latest ${ON_CLUSTER} AS
SELECT kpi, version, area, entity, JSONExtract(dims, 'Map(String, String)') AS dims,
       window_start, window_end, value, numerator, denominator, samples,
       CAST(status, 'Enum8(\'provisional\' = 1, \'final\' = 2, \'revised\' = 3)') AS status,
       revision,
       CAST(grade, 'Enum8(\'A\' = 1, \'B\' = 2, \'C\' = 3, \'D\' = 4)') AS grade,
       watermark, published_at, as_of, period,
       toDate(window_start, 'Asia/Ho_Chi_Minh') AS local_date,
       CAST(state, 'Enum8(\'none\' = 0, \'good\' = 1, \'watch\' = 2, \'bad\' = 3)') AS state,
       target, late, quarantined, toUInt16(feeds_seen) AS feeds_seen, toUInt16(feeds_expected) AS feeds_expected,
       JSONExtract(attributes, 'Map(String, String)') AS attributes
FROM raw_kpi_values AS v FINAL
WHERE v.samples > 0 AND (v.kpi, v.version, v.place, v.dims, v.window_start) IN (
    SELECT kpi, version, place, dims, max(window_start)
    FROM raw_kpi_values FINAL
    WHERE samples > 0 AND (kpi, version) IN (SELECT id, version FROM raw_kpis FINAL)
    GROUP BY kpi, version, place, dims
);

CREATE OR REPLACE VIEW kpis ${ON_CLUSTER} AS
SELECT id, version, hash, subsystem, title_vi, title_en, unit, window, fresh_seconds, lateness_seconds,
       visibility, source, sql
FROM raw_kpis FINAL
WHERE generation = (SELECT max(generation) FROM raw_kpis);

CREATE OR REPLACE VIEW late_events ${ON_CLUSTER} AS
SELECT m.event_id AS event_id, m.subsystem AS subsystem, m.feed AS feed, m.entity AS entity, m.area AS area,
       m.event_time AS event_time, m.received_at AS received_at,
       toDate(m.event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       m.property AS property, m.value AS value, l.watermark AS watermark,
       dateDiff('millisecond', m.event_time, l.watermark) / 1000 AS late_seconds
FROM raw_measurements AS m FINAL
INNER JOIN raw_late_events AS l FINAL ON m.log_position = l.log_position AND m.log_row = l.log_row;

CREATE OR REPLACE VIEW quarantine ${ON_CLUSTER} AS
SELECT feed, code, detail, payload, received_at, toDate(received_at, 'Asia/Ho_Chi_Minh') AS local_date
FROM raw_quarantine FINAL;

CREATE OR REPLACE VIEW feeds ${ON_CLUSTER} AS
SELECT feed, title, subsystem, declared = 1 AS declared, events, duplicates, conflicts, late,
       newest_event_time, last_received_at
FROM raw_feeds FINAL;

CREATE OR REPLACE VIEW areas ${ON_CLUSTER} AS
SELECT id, name_vi, name_en, level, parent, valid_from, valid_to, km2,
       JSONExtract(population, 'Map(String, UInt64)') AS population
FROM raw_areas FINAL
WHERE generation = (SELECT max(generation) FROM raw_kpis);

CREATE OR REPLACE VIEW entities ${ON_CLUSTER} AS
SELECT id, name_vi, name_en, subsystem, area, class, cadence_seconds, latitude, longitude
FROM raw_entities FINAL
WHERE generation = (SELECT max(generation) FROM raw_kpis);
