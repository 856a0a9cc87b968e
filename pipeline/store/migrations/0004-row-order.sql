-- The event views with `id_hash`: 64 bits of (feed, event_id), which order rows of one instant in the SQL of KPIs.

CREATE OR REPLACE VIEW measurements ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra, id_hash
FROM raw_measurements FINAL
UNION ALL
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       property, value, unit, quality, version, period, latitude, longitude, extra, id_hash
FROM raw_measurement_rows FINAL
WHERE (feed, entity, property, event_time, period, (version, log_position, log_row)) IN (
    SELECT feed, entity, property, event_time, period, max((version, log_position, log_row))
    FROM raw_measurement_rows
    GROUP BY feed, entity, property, event_time, period
);

CREATE OR REPLACE VIEW cases ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       case_id, case_type, status, opened_at, due_at, new_due_at, responded_at, completed_at, closed_at,
       pauses, channel, agency, procedure, rating, attributes, version, latitude, longitude, extra, id_hash
FROM raw_cases FINAL
WHERE (subsystem, feed, case_id, (version, log_position, log_row)) IN (
    SELECT subsystem, feed, case_id, max((version, log_position, log_row))
    FROM raw_cases
    GROUP BY subsystem, feed, case_id
);

CREATE OR REPLACE VIEW posts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       platform, post_id, action, text, language, JSONExtract(topics, 'Array(String)') AS topics,
       sentiment, reach, author, version, latitude, longitude, extra, id_hash
FROM raw_posts FINAL
WHERE action != 'delete' AND (platform, post_id, feed, (version, log_position, log_row)) IN (
    SELECT platform, post_id, feed, max((version, log_position, log_row))
    FROM raw_posts
    GROUP BY platform, post_id, feed
);

CREATE OR REPLACE VIEW alerts ${ON_CLUSTER} AS
SELECT event_id, subsystem, feed, entity, area, event_time, received_at,
       toDate(event_time, 'Asia/Ho_Chi_Minh') AS local_date,
       category, signature, severity, source, target, count, latitude, longitude, extra, id_hash
FROM raw_alerts FINAL;
