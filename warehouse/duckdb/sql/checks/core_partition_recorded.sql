-- A row is a partition whose rows are not as many as its record says; 0 where there is no record.
WITH found AS (
    SELECT 'core_bird' AS table_name, day, count(*) AS rows FROM core_bird GROUP BY day
    UNION ALL SELECT 'core_flit_sequence', day, count(*) FROM core_flit_sequence GROUP BY day
    UNION ALL SELECT 'core_flit_text', day, count(*) FROM core_flit_text GROUP BY day
    UNION ALL SELECT 'core_follow_edge', day, count(*) FROM core_follow_edge GROUP BY day
    UNION ALL SELECT 'core_interaction', day, count(*) FROM core_interaction GROUP BY day
    UNION ALL SELECT 'core_reply_edge', day, count(*) FROM core_reply_edge GROUP BY day
    UNION ALL SELECT 'core_visit', day, count(*) FROM core_visit GROUP BY day
)
SELECT table_name, day, coalesce(found.rows, 0) AS found_rows, coalesce(recorded.rows, 0) AS recorded_rows
FROM found FULL JOIN feature_partition AS recorded USING (table_name, day)
WHERE found_rows <> recorded_rows
ORDER BY table_name, day
