-- A row is a file of which lines stand in a raw table, though the ledger has it not as loaded, or on another day.
-- $days: days on which files landed, to look at.
WITH standing AS (
    SELECT DISTINCT 'raw_interaction' AS table_name, file_id, landed_day FROM raw_interaction
    UNION ALL SELECT DISTINCT 'raw_flit', file_id, landed_day FROM raw_flit
    UNION ALL SELECT DISTINCT 'raw_bird', file_id, landed_day FROM raw_bird
    UNION ALL SELECT DISTINCT 'raw_follow', file_id, landed_day FROM raw_follow
    UNION ALL SELECT DISTINCT 'raw_erasure', file_id, landed_day FROM raw_erasure
)
SELECT table_name, file_id, standing.landed_day
FROM standing
WHERE list_contains($days::DATE[], standing.landed_day) AND NOT EXISTS (
    SELECT 1 FROM landed_file JOIN ledger_file USING (path, sha256)
    WHERE landed_file.file_id = standing.file_id
        AND landed_file.landed_day = standing.landed_day
        AND left(landed_on, 10)::DATE = standing.landed_day
        AND state = 'loaded'
)
ORDER BY ALL
