-- A row is one flit in the last of its states that landed on the partition's day, its text cleaned.
-- $days: landed days to compute.
-- Cleaning, in this order: invisible characters go (byte order mark, zero-width space, word joiner, soft hyphen,
-- direction marks; the joiners of emoji and scripts stay); web addresses and @mentions go, since they name a place or a
-- person and say nothing of the topic (hashtags stay, they do); control characters and white space collapse into one
-- space; the result is in Unicode normal form C.
WITH latest AS (
    SELECT counted_flit.landed_day, flit_id, bird_id, posted_at, lang, text
    FROM counted_flit
    JOIN landed_file USING (file_id)
    JOIN ledger_file USING (path, sha256)
    WHERE counted_flit.landed_day IN (SELECT unnest($days::DATE[])) AND NOT duplicate
    QUALIFY row_number() OVER (
        PARTITION BY counted_flit.landed_day, flit_id ORDER BY landed_on DESC, path DESC, line_number DESC
    ) = 1
),
visible AS (
    SELECT * REPLACE (
        regexp_replace(
            text, '[\x{00AD}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF}]', '', 'g'
        ) AS text
    ) FROM latest
),
anonymous AS (
    SELECT * REPLACE (
        regexp_replace(
            regexp_replace(text, '(?i)\b(?:https?://|www\.)[^\s\p{Z}\p{Cc}]+', ' ', 'g'),
            '(^|[^\p{L}\p{M}\p{N}_@.])(?:@[\p{L}\p{M}\p{N}_]+)+', '\1', 'g'
        ) AS text
    ) FROM visible
),
cleaned AS (
    SELECT * REPLACE (nfc_normalize(trim(regexp_replace(text, '[\s\p{Z}\p{Cc}]+', ' ', 'g'))) AS text) FROM anonymous
)
SELECT
    landed_day AS day,
    flit_id,
    bird_id,
    posted_at,
    lang,
    text,
    CASE WHEN text <> '' THEN sha256(text) END AS text_hash
FROM cleaned
