-- A row is the events of one file that landed under a past day after its night had run, and that a night after $night
-- took in, or with the path '' the events of $day's files that are dated after it.
-- Of the events from $start to the end of $day, as known at $known_as_of.
SELECT path, count(*) AS events
FROM counted_interaction
JOIN landed_file USING (file_id)
JOIN ledger_file USING (path, sha256)
WHERE landed_file.landed_day <= $known_as_of AND NOT duplicate
    AND occurred_at >= $start AND occurred_at < $day::DATE + INTERVAL 1 DAY
    AND after_night IS NOT NULL AND loaded_for::DATE > $night::DATE
GROUP BY path
UNION ALL
SELECT '', count(*)
FROM counted_interaction
WHERE landed_day = $day::DATE AND landed_day <= $known_as_of AND NOT duplicate
    AND occurred_at >= $day::DATE + INTERVAL 1 DAY
ORDER BY path
