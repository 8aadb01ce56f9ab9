-- A row is a key that occurs more than once in its table.
SELECT 'core_interaction' AS table_name, concat_ws(' ', day, occurred_on, bird_id, flit_id) AS key, count(*) AS rows
FROM core_interaction GROUP BY day, occurred_on, bird_id, flit_id HAVING count(*) > 1
UNION ALL
SELECT 'core_flit_sequence', event_id, count(*) FROM core_flit_sequence GROUP BY event_id HAVING count(*) > 1
UNION ALL
SELECT 'core_flit_text', concat_ws(' ', day, flit_id), count(*)
FROM core_flit_text GROUP BY day, flit_id HAVING count(*) > 1
UNION ALL
SELECT 'core_reply_edge', concat_ws(' ', day, origin, reply_id), count(*)
FROM core_reply_edge GROUP BY day, origin, reply_id HAVING count(*) > 1
UNION ALL
SELECT 'core_follow_edge', event_id, count(*) FROM core_follow_edge GROUP BY event_id HAVING count(*) > 1
UNION ALL
SELECT 'core_visit', concat_ws(' ', day, bird_id, visit), count(*)
FROM core_visit GROUP BY day, bird_id, visit HAVING count(*) > 1
UNION ALL
SELECT 'core_bird', concat_ws(' ', day, bird_id), count(*) FROM core_bird GROUP BY day, bird_id HAVING count(*) > 1
ORDER BY ALL
