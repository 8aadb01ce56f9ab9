-- A row is what one bird did with one flit on one UTC day, as far as the lines landed on the partition's day.
-- $days: landed days to compute. $kinds, $weights: weight of each kind that has one. $half_life_s: seconds.
-- The terms are added as decimals: sums of doubles depend on the order in which threads meet them.
WITH kind_weight AS (
    SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($weights::DOUBLE[]) AS kind_weight
),
decayed AS (
    SELECT
        landed_day,
        occurred_at::DATE AS occurred_on,
        bird_id,
        flit_id,
        occurred_at,
        kind_weight * pow(
            2, -date_diff('microsecond', occurred_at, occurred_at::DATE + INTERVAL 1 DAY) / 1e6 / $half_life_s
        ) AS weight
    FROM counted_interaction JOIN kind_weight USING (kind)
    WHERE landed_day IN (SELECT unnest($days::DATE[])) AND NOT duplicate
)
SELECT
    landed_day AS day,
    occurred_on,
    bird_id,
    flit_id,
    count(*) AS events,
    sum(weight::DECIMAL(18, 15))::DOUBLE AS weight,
    max(occurred_at) AS last_at
FROM decayed
GROUP BY ALL
