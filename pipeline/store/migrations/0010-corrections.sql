-- Spans of a feed that are taken out of every KPI: one row for each change, as it stands in the log of a subsystem.

CREATE TABLE IF NOT EXISTS raw_exclusions ${ON_CLUSTER}
(
    subsystem LowCardinality(String),
    id String,
    feed String,
    entity String,
    property String,
    from_time DateTime64(3, 'UTC'),
    to_time DateTime64(3, 'UTC'),
    reason String,
    author String,
    changed_at DateTime64(3, 'UTC'),
    active UInt8,
    log_position UInt64
)
ENGINE = ${REPLACING()}
ORDER BY (subsystem, id, log_position)
${SETTINGS};

-- The spans in force, for the views below.
CREATE OR REPLACE VIEW raw_excluded_spans ${ON_CLUSTER} AS
SELECT subsystem, feed, entity, property, from_time, to_time
FROM raw_exclusions
GROUP BY subsystem, id, feed, entity, property, from_time, to_time
HAVING argMax(active, log_position) = 1;

CREATE OR REPLACE VIEW exclusions ${ON_CLUSTER} AS
SELECT c.id AS id, c.feed AS feed, c.entity AS entity, c.property AS property,
       c.from_time AS from_time, c.to_time AS to_time, argMin(c.reason, c.log_position) AS reason,
       argMax(c.active, c.log_position) = 1 AS active,
       argMin(c.author, c.log_position) AS excluded_by, min(c.changed_at) AS excluded_at,
       argMaxIf(c.author, c.log_position, c.active = 0) AS included_by,
       if(countIf(c.active = 0) = 0, NULL, maxIf(c.changed_at, c.active = 0)) AS included_at
FROM raw_exclusions AS c
GROUP BY c.id, c.feed, c.entity, c.property, c.from_time, c.to_time;

-- What counts: a versioned row replaces readings at its place, an excluded reading is a withdrawn one, an excluded
-- version of a case or post is as if it had never been sent, an excluded alert too. The views named `…_versions` show
-- everything that was sent, and whether it is excluded.

CREATE OR REPLACE VIEW measurements ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, if(arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND (span.4 = '' OR span.4 = property)
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)), 'withdrawn', quality) AS quality, version, period, latitude, longitude, extra, id_hash
FROM raw_measurements FINAL
WHERE (subsystem, feed, entity, property, event_time) NOT IN (
    SELECT subsystem, feed, entity, property, event_time FROM raw_measurement_rows WHERE period = ''
)
UNION ALL
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, if(arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND (span.4 = '' OR span.4 = property)
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)), 'withdrawn', quality) AS quality, version, period, latitude, longitude, extra, id_hash
FROM raw_measurement_rows FINAL
WHERE (feed, entity, property, event_time, period, (version, log_position, log_row)) IN (
    SELECT feed, entity, property, event_time, period, max((version, log_position, log_row))
    FROM raw_measurement_rows
    GROUP BY feed, entity, property, event_time, period
);

CREATE OR REPLACE VIEW measurement_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra, id_hash,
       arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND (span.4 = '' OR span.4 = property)
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)) AS excluded
FROM raw_measurements FINAL
UNION ALL
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra, id_hash,
       arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND (span.4 = '' OR span.4 = property)
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)) AS excluded
FROM raw_measurement_rows FINAL;

CREATE OR REPLACE VIEW case_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       case_id, case_type, status, opened_at, due_at, new_due_at, responded_at, completed_at, closed_at,
       pauses, channel, agency, procedure, rating, attributes, version, latitude, longitude, extra, id_hash,
       log_position, log_row,
       arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)) AS excluded
FROM raw_cases FINAL;

CREATE OR REPLACE VIEW cases ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       case_id, case_type, status, opened_at, due_at, new_due_at, responded_at, completed_at, closed_at,
       pauses, channel, agency, procedure, rating, attributes, version, latitude, longitude, extra, id_hash
FROM raw_cases FINAL
WHERE (subsystem, feed, case_id, (version, log_position, log_row)) IN (
    SELECT subsystem, feed, case_id, max((version, log_position, log_row))
    FROM raw_cases
    WHERE NOT arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans))
    GROUP BY subsystem, feed, case_id
);

CREATE OR REPLACE VIEW post_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       platform, post_id, action, text, language, JSONExtract(topics, 'Array(String)') AS topics,
       sentiment, reach, author, version, latitude, longitude, extra, id_hash,
       log_position, log_row,
       arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)) AS excluded
FROM raw_posts FINAL;

CREATE OR REPLACE VIEW posts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       platform, post_id, action, text, language, JSONExtract(topics, 'Array(String)') AS topics,
       sentiment, reach, author, version, latitude, longitude, extra, id_hash
FROM raw_posts FINAL
WHERE action != 'delete' AND (platform, post_id, feed, (version, log_position, log_row)) IN (
    SELECT platform, post_id, feed, max((version, log_position, log_row))
    FROM raw_posts
    WHERE NOT arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans))
    GROUP BY platform, post_id, feed
);

CREATE OR REPLACE VIEW alert_versions ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       category, signature, severity, source, target, count, latitude, longitude, extra, id_hash,
       arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans)) AS excluded
FROM raw_alerts FINAL;

CREATE OR REPLACE VIEW alerts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       category, signature, severity, source, target, count, latitude, longitude, extra, id_hash
FROM raw_alerts FINAL
WHERE NOT arrayExists(
           span -> span.1 = subsystem AND span.2 = feed AND (span.3 = '' OR span.3 = entity) AND span.4 = ''
               AND event_time >= span.5 AND event_time < span.6,
           (SELECT groupArray((subsystem, feed, entity, property, from_time, to_time)) FROM raw_excluded_spans));
