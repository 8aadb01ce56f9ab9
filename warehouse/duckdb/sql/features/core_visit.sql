-- A row is one visit of a bird that ended on $day, as known at $known_as_of: its events lie at most $gap_us
-- microseconds apart. Events of the day before are read too, so that a visit over midnight is whole; what began
-- earlier still is shortened; since a gap is a day at the most, no visit of $day is lost or split by that.
-- Lists are sorted as structs: `list(… ORDER BY …)` takes five times as long on many small groups.
WITH seen AS (
    SELECT bird_id, occurred_at, event_id, flit_id
    FROM counted_interaction
    WHERE landed_day <= $known_as_of
        AND occurred_at >= $day::DATE - INTERVAL 1 DAY AND occurred_at < $day::DATE + INTERVAL 1 DAY
        AND NOT duplicate
),
spaced AS (
    SELECT *, date_diff('microsecond', lag(occurred_at) OVER in_time, occurred_at) AS pause_us
    FROM seen
    WINDOW in_time AS (PARTITION BY bird_id ORDER BY occurred_at, event_id)
),
numbered AS (
    SELECT *, count(*) FILTER (pause_us > $gap_us) OVER in_time AS pauses
    FROM spaced
    WINDOW in_time AS (PARTITION BY bird_id ORDER BY occurred_at, event_id ROWS UNBOUNDED PRECEDING)
),
visits AS (
    SELECT
        bird_id,
        min(occurred_at) AS started_at,
        max(occurred_at) AS ended_at,
        count(*) AS events,
        list({'occurred_at': occurred_at, 'event_id': event_id, 'flit_id': flit_id}) AS acts
    FROM numbered
    GROUP BY bird_id, pauses
    HAVING max(occurred_at) >= $day::DATE
)
SELECT
    $day::DATE AS day,
    bird_id,
    row_number() OVER (PARTITION BY bird_id ORDER BY started_at) AS visit,
    started_at,
    ended_at,
    events,
    list_transform(list_sort(acts), lambda act: act.flit_id) AS flits,
    ended_at + to_microseconds($gap_us::BIGINT) >= $day::DATE + INTERVAL 1 DAY AS open
FROM visits
