-- What stands in the log behind a position is found without reading the rest: an insert is a run of positions.

ALTER TABLE raw_measurements ${ON_CLUSTER} ADD INDEX IF NOT EXISTS by_position log_position TYPE minmax GRANULARITY 1;
ALTER TABLE raw_measurement_rows ${ON_CLUSTER} ADD INDEX IF NOT EXISTS by_position log_position TYPE minmax GRANULARITY 1;
ALTER TABLE raw_cases ${ON_CLUSTER} ADD INDEX IF NOT EXISTS by_position log_position TYPE minmax GRANULARITY 1;
ALTER TABLE raw_posts ${ON_CLUSTER} ADD INDEX IF NOT EXISTS by_position log_position TYPE minmax GRANULARITY 1;
ALTER TABLE raw_alerts ${ON_CLUSTER} ADD INDEX IF NOT EXISTS by_position log_position TYPE minmax GRANULARITY 1;
