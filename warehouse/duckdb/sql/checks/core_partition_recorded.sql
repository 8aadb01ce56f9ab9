-- A row is a partition whose rows are not as many as its record says; 0 where there is no record.
-- $days: partitions to look at.
WITH days AS (
    SELECT 'core_bird' AS table_name, day FROM core_bird
    UNION ALL SELECT 'core_flit_sequence', day FROM core_flit_sequence
    UNION ALL SELECT 'core_flit_text', day FROM core_flit_text
    UNION ALL SELECT 'core_follow_edge', day FROM core_follow_edge
    UNION ALL SELECT 'core_interaction', day FROM core_interaction
    UNION ALL SELECT 'core_reply_edge', day FROM core_reply_edge
    UNION ALL SELECT 'core_visit', day FROM core_visit
),
found AS (
    SELECT table_name, day, count(*) AS rows FROM days WHERE list_contains($days::DATE[], day) GROUP BY table_name, day
),
recorded AS (
    SELECT table_name, day, rows FROM feature_partition WHERE list_contains($days::DATE[], day)
)
SELECT table_name, day, coalesce(found.rows, 0) AS found_rows, coalesce(recorded.rows, 0) AS recorded_rows
FROM found FULL JOIN recorded USING (table_name, day)
WHERE found_rows <> recorded_rows
ORDER BY table_name, day
