-- A row is one reply: an interaction of kind reply, or a flit that answers another, in the partition of the day on
-- which its line landed; of several states of a flit on one day, the last.
-- $days: landed days to compute.
SELECT landed_day AS day, bird_id, flit_id, occurred_at, event_id AS reply_id, 'interaction' AS origin
FROM counted_interaction
WHERE landed_day IN (SELECT unnest($days::DATE[])) AND kind = 'reply' AND NOT duplicate
UNION ALL
SELECT day, bird_id, reply_to AS flit_id, posted_at AS occurred_at, flit_id AS reply_id, 'flit' AS origin
FROM (
    SELECT counted_flit.landed_day AS day, bird_id, reply_to, posted_at, flit_id
    FROM counted_flit
    JOIN landed_file USING (file_id)
    JOIN ledger_file USING (path, sha256)
    WHERE counted_flit.landed_day IN (SELECT unnest($days::DATE[])) AND NOT duplicate
    QUALIFY row_number() OVER (
        PARTITION BY counted_flit.landed_day, flit_id ORDER BY landed_on DESC, path DESC, line_number DESC
    ) = 1
)
WHERE reply_to IS NOT NULL
