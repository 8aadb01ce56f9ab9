-- A row is one interaction of a deliberate kind, in the partition of the day on which its line landed.
-- $days: landed days to compute. $kinds: the deliberate kinds.
SELECT landed_day AS day, bird_id, occurred_at, event_id, flit_id
FROM counted_interaction
WHERE landed_day IN (SELECT unnest($days::DATE[]))
    AND kind IN (SELECT unnest($kinds::VARCHAR[]))
    AND NOT duplicate
