-- A row is one flit of those posted from $first to $day, in its latest state as known at $known_as_of: what it says, in
-- numbers. Of each day the $most flits with the lowest hash of their id.
WITH flit AS (
    SELECT flit_id, posted_at::DATE AS posted_on, text, text_hash, lang
    FROM core_flit_text
    WHERE day <= $known_as_of AND posted_at >= $first::DATE AND posted_at < $day::DATE + INTERVAL 1 DAY
    QUALIFY row_number() OVER (PARTITION BY flit_id ORDER BY day DESC) = 1
),
drawn AS (
    SELECT * FROM flit QUALIFY row_number() OVER (PARTITION BY posted_on ORDER BY hash(flit_id), flit_id) <= $most
)
SELECT
    flit_id,
    posted_on,
    text_hash,
    lang,
    length(text) AS characters,
    length(regexp_replace(text, '[^\p{L}]', '', 'g')) AS letters,
    length(regexp_replace(text, '[^\p{Lu}]', '', 'g')) AS capitals,
    length(regexp_replace(text, '[^\p{Latin}]', '', 'g')) AS latin
FROM drawn
ORDER BY posted_on, flit_id
