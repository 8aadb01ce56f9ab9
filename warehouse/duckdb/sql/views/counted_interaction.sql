-- A row is one interaction that counts: no duplicate, and not set aside by its bird, its file, its hour or its day.
SELECT raw.* FROM raw_interaction AS raw
WHERE NOT raw.duplicate
    AND NOT EXISTS (
        SELECT 1 FROM set_aside_in_force AS aside
        WHERE aside.what = 'bird' AND aside.key = raw.bird_id AND raw.occurred_at >= aside.since
    )
    AND raw.file_id NOT IN (
        SELECT file_id FROM landed_file JOIN set_aside_in_force AS aside ON aside.key = path WHERE aside.what = 'file'
    )
    AND date_trunc('hour', raw.occurred_at) NOT IN (SELECT since FROM set_aside_in_force WHERE what = 'hour')
    AND date_trunc('day', raw.occurred_at) NOT IN (SELECT since::DATE FROM set_aside_in_force WHERE what = 'day')
