-- A row is an event of which no line, or more than one, is accepted.
SELECT 'raw_interaction' AS table_name, event_id, count(*) FILTER (NOT duplicate) AS accepted
FROM raw_interaction GROUP BY event_id HAVING accepted <> 1
UNION ALL
SELECT 'raw_follow', event_id, count(*) FILTER (NOT duplicate) AS accepted
FROM raw_follow GROUP BY event_id HAVING accepted <> 1
ORDER BY ALL
