-- A row is an event of which no line, or more than one, is accepted.
-- $days: days on which files landed; events with a line of one of them are looked at, all their lines counted.
SELECT 'raw_interaction' AS table_name, event_id, count(*) FILTER (NOT duplicate) AS accepted
FROM raw_interaction
WHERE event_id IN (SELECT event_id FROM raw_interaction WHERE list_contains($days::DATE[], landed_day))
GROUP BY event_id HAVING accepted <> 1
UNION ALL
SELECT 'raw_follow', event_id, count(*) FILTER (NOT duplicate) AS accepted
FROM raw_follow
WHERE event_id IN (SELECT event_id FROM raw_follow WHERE list_contains($days::DATE[], landed_day))
GROUP BY event_id HAVING accepted <> 1
ORDER BY ALL
