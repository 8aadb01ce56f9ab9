-- A row is one number about the logs of $day as known at $known_as_of: measure, key, value.
-- What birds did and posted counts by the day on which it happened; lines and files by the day on which they landed.
-- New birds: without an event from $since to $day; not told where $since is NULL, since it means to read all those days.
WITH acted AS MATERIALIZED (
    SELECT bird_id, flit_id, kind, surface, occurred_at, file_id
    FROM counted_interaction
    WHERE landed_day <= $known_as_of AND NOT duplicate
        AND occurred_at >= $day::DATE AND occurred_at < $day::DATE + INTERVAL 1 DAY
),
-- The folder that a log's files land in tells which source it is.
source AS (
    SELECT split_part(path, '/', 1) AS folder, count(*) AS events FROM acted JOIN landed_file USING (file_id) GROUP BY folder
),
bird AS MATERIALIZED (SELECT DISTINCT bird_id FROM acted),
-- The few birds of the day are looked for among the many of the weeks before: the join keeps only them in memory.
known AS (
    SELECT DISTINCT bird_id FROM counted_interaction SEMI JOIN bird USING (bird_id)
    WHERE landed_day <= $known_as_of AND NOT duplicate
        AND occurred_at >= $since::DATE AND occurred_at < $day::DATE
),
landed AS MATERIALIZED (
    SELECT count(*) AS accepted, count(*) FILTER (occurred_at < $day::DATE) AS late
    FROM counted_interaction
    WHERE landed_day = $day::DATE AND landed_day <= $known_as_of AND NOT duplicate
),
ledger AS MATERIALIZED (
    SELECT * FROM ledger_file
    WHERE left(landed_on, 10)::DATE = $day::DATE AND left(landed_on, 10)::DATE <= $known_as_of
),
-- What was delivered for the day or an hour of it, and the lines of the files of just that day or hour.
delivery AS (
    SELECT count.lines AS delivered, (
        SELECT coalesce(sum(ledger.lines - ledger.blank), 0) FROM ledger
        WHERE ledger.state = 'loaded' AND starts_with(ledger.landed_on, count.landed_on)
            AND starts_with(ledger.path, count.folder || '/')
    ) AS found
    FROM delivered_count AS count
    WHERE left(count.landed_on, 10)::DATE = $day::DATE AND left(count.landed_on, 10)::DATE <= $known_as_of
),
flit AS MATERIALIZED (
    SELECT flit_id, coalesce(lang, '') AS lang, length(text) AS characters
    FROM core_flit_text
    WHERE day <= $known_as_of AND posted_at >= $day::DATE AND posted_at < $day::DATE + INTERVAL 1 DAY
    QUALIFY row_number() OVER (PARTITION BY flit_id ORDER BY day DESC) = 1
)
SELECT 'kinds' AS measure, kind AS key, count(*)::DOUBLE AS value FROM acted GROUP BY kind
UNION ALL SELECT 'surfaces', coalesce(surface, ''), count(*) FROM acted GROUP BY surface
UNION ALL SELECT 'sources', folder, events FROM source
UNION ALL SELECT 'hours', hour(occurred_at)::VARCHAR, count(*) FROM acted GROUP BY hour(occurred_at)
UNION ALL SELECT 'birds', '', count(*) FROM bird
UNION ALL SELECT 'new_birds', '', (SELECT count(*) FROM bird) - (SELECT count(*) FROM known) WHERE $since IS NOT NULL
UNION ALL SELECT 'flits', '', count(DISTINCT flit_id) FROM acted
UNION ALL SELECT 'landed', '', accepted FROM landed
UNION ALL SELECT 'late', '', late FROM landed
UNION ALL SELECT 'lines', '', coalesce(sum(lines), 0) FROM ledger WHERE state = 'loaded'
UNION ALL SELECT 'duplicates', '', coalesce(sum(duplicates), 0) FROM ledger WHERE state = 'loaded'
UNION ALL SELECT 'conflicts', '', coalesce(sum(conflicts), 0) FROM ledger WHERE state = 'loaded'
UNION ALL SELECT 'quarantined', '', coalesce(sum(quarantined), 0) FROM ledger WHERE state = 'loaded'
UNION ALL SELECT 'delivered', '', sum(delivered) FROM delivery HAVING count(*) > 0
UNION ALL SELECT 'undelivered', '', sum(greatest(delivered - found, 0)) FROM delivery HAVING count(*) > 0
UNION ALL SELECT 'refused_files', '', count(*) FROM ledger WHERE state = 'refused'
UNION ALL SELECT 'files', stream, count(*) FROM ledger WHERE state = 'loaded' GROUP BY stream
UNION ALL SELECT 'posted', '', count(*) FROM flit
UNION ALL SELECT 'languages', lang, count(*) FROM flit GROUP BY lang
UNION ALL SELECT 'text_mean', '', avg(characters) FROM flit
UNION ALL SELECT 'text_p50', '', quantile_cont(characters, 0.5) FROM flit
UNION ALL SELECT 'text_p95', '', quantile_cont(characters, 0.95) FROM flit
ORDER BY measure, key
