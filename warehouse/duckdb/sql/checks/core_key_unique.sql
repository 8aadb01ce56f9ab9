-- A row is a key that occurs more than once in a partition of its table.
-- $days: partitions to look at.
WITH keys AS (
    SELECT 'core_interaction' AS table_name, day, concat_ws(' ', occurred_on, bird_id, flit_id) AS key
    FROM core_interaction
    UNION ALL SELECT 'core_flit_sequence', day, event_id FROM core_flit_sequence
    UNION ALL SELECT 'core_flit_text', day, flit_id FROM core_flit_text
    UNION ALL SELECT 'core_reply_edge', day, concat_ws(' ', origin, reply_id) FROM core_reply_edge
    UNION ALL SELECT 'core_follow_edge', day, event_id FROM core_follow_edge
    UNION ALL SELECT 'core_visit', day, concat_ws(' ', bird_id, visit) FROM core_visit
    UNION ALL SELECT 'core_bird', day, bird_id FROM core_bird
)
SELECT table_name, day, key, count(*) AS rows
FROM keys
WHERE list_contains($days::DATE[], day)
GROUP BY table_name, day, key
HAVING count(*) > 1
ORDER BY ALL
