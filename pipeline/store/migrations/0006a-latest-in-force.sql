-- kpi_latest shows what is in force: a definition that was dropped keeps its history, but has no latest value.
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
    WHERE samples > 0 AND (kpi, version) IN (SELECT id, version FROM kpis)
    GROUP BY kpi, version, place, dims
);
