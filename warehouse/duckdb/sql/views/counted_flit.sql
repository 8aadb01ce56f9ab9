-- A row is one state of a flit that counts: no duplicate, and not set aside by its author or its file.
SELECT raw.* FROM raw_flit AS raw
WHERE NOT raw.duplicate
    AND NOT EXISTS (
        SELECT 1 FROM set_aside_in_force AS aside
        WHERE aside.what = 'bird' AND aside.key = raw.bird_id AND raw.posted_at >= aside.since
    )
    AND raw.file_id NOT IN (
        SELECT file_id FROM landed_file JOIN set_aside_in_force AS aside ON aside.key = path WHERE aside.what = 'file'
    )
