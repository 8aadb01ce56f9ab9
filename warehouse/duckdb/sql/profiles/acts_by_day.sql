-- A row is one day's deliberate acts: `in_time` had landed at most $lag days after they occurred, `known` by
-- $known_as_of.
SELECT
    occurred_at::DATE AS occurred_on,
    count(*) FILTER (day <= occurred_at::DATE + $lag::INTEGER) AS in_time,
    count(*) AS known
FROM core_flit_sequence
WHERE day <= $known_as_of AND occurred_at >= $first::DATE AND occurred_at < $day::DATE + INTERVAL 1 DAY
GROUP BY ALL
ORDER BY ALL
