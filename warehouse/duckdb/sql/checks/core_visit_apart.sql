-- A row is a visit that does not end on its night, ends before it starts, lists another number of flits than it has
-- events, or starts before the bird's previous visit of the night has ended.
-- $days: nights to look at.
SELECT day, bird_id, visit, started_at, ended_at
FROM core_visit
WHERE list_contains($days::DATE[], day)
QUALIFY ended_at::DATE <> day
    OR ended_at < started_at
    OR len(flits) <> events
    OR started_at <= lag(ended_at) OVER (PARTITION BY day, bird_id ORDER BY visit)
ORDER BY day, bird_id, visit
