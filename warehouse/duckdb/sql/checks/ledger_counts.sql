-- A row is a loaded file whose counts in the ledger are not those of the lines that stand in the warehouse.
-- $days: days on which files landed, to look at.
WITH standing AS (
    SELECT file_id, landed_day, duplicate, conflict FROM raw_interaction
    UNION ALL SELECT file_id, landed_day, duplicate, conflict FROM raw_flit
    UNION ALL SELECT file_id, landed_day, duplicate, conflict FROM raw_bird
    UNION ALL SELECT file_id, landed_day, duplicate, conflict FROM raw_follow
    UNION ALL SELECT file_id, landed_day, duplicate, conflict FROM raw_erasure
),
found AS (
    SELECT
        path,
        sha256,
        count(*) FILTER (NOT duplicate) AS accepted,
        count(*) FILTER (duplicate AND NOT conflict) AS duplicates,
        count(*) FILTER (conflict) AS conflicts
    FROM standing JOIN landed_file USING (file_id)
    WHERE list_contains($days::DATE[], standing.landed_day)
    GROUP BY path, sha256
),
kept AS (
    SELECT path, sha256, count(*) AS quarantined FROM quarantine_line GROUP BY path, sha256
)
SELECT
    ledger.path,
    ledger.sha256,
    ledger.accepted,
    coalesce(found.accepted, 0) AS found_accepted,
    ledger.duplicates,
    coalesce(found.duplicates, 0) AS found_duplicates,
    ledger.conflicts,
    coalesce(found.conflicts, 0) AS found_conflicts,
    ledger.quarantined,
    coalesce(kept.quarantined, 0) AS found_quarantined
FROM ledger_file AS ledger
LEFT JOIN found USING (path, sha256)
LEFT JOIN kept USING (path, sha256)
WHERE ledger.state = 'loaded' AND list_contains($days::DATE[], left(ledger.landed_on, 10)::DATE) AND (
    ledger.accepted <> found_accepted
    OR ledger.duplicates <> found_duplicates
    OR ledger.conflicts <> found_conflicts
    OR ledger.quarantined <> found_quarantined
)
ORDER BY ledger.path, ledger.sha256
