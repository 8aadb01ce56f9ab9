-- A row is an event of a sequence that no accepted line of its day tells of.
SELECT day, event_id
FROM core_flit_sequence AS sequence
WHERE NOT EXISTS (
    SELECT 1 FROM raw_interaction AS raw
    WHERE raw.event_id = sequence.event_id AND raw.landed_day = sequence.day AND NOT raw.duplicate
)
ORDER BY day, event_id
