-- A row is the flits posted on one day: `in_time` had landed at most $lag days after, `known` by $known_as_of.
SELECT posted_at::DATE AS occurred_on, count(*) FILTER (day <= posted_at::DATE + $lag::INTEGER) AS in_time, count(*) AS known
FROM (
    SELECT flit_id, min(day) AS day, arg_max(posted_at, day) AS posted_at
    FROM core_flit_text
    WHERE day <= $known_as_of AND posted_at >= $first::DATE AND posted_at < $day::DATE + INTERVAL 1 DAY
    GROUP BY flit_id
)
GROUP BY ALL
ORDER BY ALL
