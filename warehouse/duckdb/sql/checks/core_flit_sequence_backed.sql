-- A row is an event of a sequence that no accepted line of its day tells of.
-- $days: partitions to look at.
SELECT day, event_id
FROM core_flit_sequence AS sequence
WHERE list_contains($days::DATE[], day) AND NOT EXISTS (
    SELECT 1 FROM raw_interaction AS raw
    WHERE list_contains($days::DATE[], raw.landed_day)
        AND raw.event_id = sequence.event_id AND raw.landed_day = sequence.day AND NOT raw.duplicate
)
ORDER BY day, event_id
