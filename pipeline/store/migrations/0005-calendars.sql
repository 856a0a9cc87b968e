-- Calendars and agencies as the registry has them, for analysts and for the arithmetic of working time.
-- records: base64 of one record of 64 bytes a day, as pipeline/kpi/working-time/calendar-records.ts writes them.

CREATE TABLE IF NOT EXISTS raw_calendars ${ON_CLUSTER}
(
    id String,
    name_vi String,
    name_en String,
    records String CODEC(ZSTD),
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY id
${SETTINGS};

-- Days that are not like their weekday, and why.
CREATE TABLE IF NOT EXISTS raw_calendar_notes ${ON_CLUSTER}
(
    calendar String,
    local_date Date32,
    note_vi String,
    note_en String,
    is_proposed UInt8,
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY (calendar, local_date)
${SETTINGS};

CREATE TABLE IF NOT EXISTS raw_agencies ${ON_CLUSTER}
(
    id String,
    name_vi String,
    name_en String,
    aliases Array(String),
    calendar String,
    area String,
    parent String,
    valid_from Date,
    valid_to Nullable(Date),
    generation UInt64
)
ENGINE = ${REPLACING(generation)}
ORDER BY id
${SETTINGS};

CREATE OR REPLACE VIEW agencies ${ON_CLUSTER} AS
SELECT id, name_vi, name_en, aliases, calendar, area, parent, valid_from, valid_to
FROM raw_agencies FINAL
WHERE generation = (SELECT max(generation) FROM raw_kpis);

CREATE OR REPLACE VIEW calendars ${ON_CLUSTER} AS
SELECT id, name_vi, name_en, records
FROM raw_calendars FINAL
WHERE generation = (SELECT max(generation) FROM raw_kpis);

-- One row a day: office hours as pairs of milliseconds since local midnight, working time before the day begins.
-- 9497 records a calendar: 9496 days from 2010-01-01, and one behind the end. A piece of a constant text costs
-- nothing; a piece of a column would copy the text for every day.
CREATE OR REPLACE VIEW calendar ${ON_CLUSTER} AS
SELECT day.calendar AS calendar,
       day.local_date AS local_date,
       reinterpretAsInt32(substring(day.record, 45, 4)) >= 0 AS is_working_day,
       arrayFilter(span -> span.2 > 0, arrayMap(at ->
           (reinterpretAsInt32(substring(day.record, at, 4)), reinterpretAsInt32(substring(day.record, at + 4, 4))),
           [17, 25, 33])) AS office_hours_ms,
       arraySum(span -> span.2 - span.1, office_hours_ms) / 60000 AS working_minutes,
       reinterpretAsInt64(substring(day.record, 1, 8)) AS working_ms_before,
       reinterpretAsInt32(substring(day.record, 41, 4)) AS working_days_through,
       note.note_vi AS note_vi, note.note_en AS note_en, note.is_proposed = 1 AS is_proposed
FROM (
    SELECT (SELECT groupArray(id) FROM (SELECT id FROM calendars ORDER BY id))[intDiv(number, 9497) + 1] AS calendar,
           addDays(toDate32('2010-01-01'), number % 9497) AS local_date,
           substring((
               SELECT [arrayStringConcat(groupArray(base64Decode(records)))] FROM (SELECT records FROM calendars ORDER BY id)
           )[1], number * 64 + 1, 64) AS record
    FROM numbers(assumeNotNull((SELECT 9497 * count() FROM calendars)))
    WHERE number % 9497 < 9496
) AS day
LEFT JOIN (
    SELECT calendar, local_date, note_vi, note_en, is_proposed
    FROM raw_calendar_notes FINAL
    WHERE generation = (SELECT max(generation) FROM raw_kpis)
) AS note ON note.calendar = day.calendar AND note.local_date = day.local_date;
