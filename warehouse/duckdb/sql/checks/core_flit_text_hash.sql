-- A row is a text whose hash is not that of its bytes, or an empty text that has one.
-- $days: partitions to look at.
SELECT day, flit_id, text_hash
FROM core_flit_text
WHERE list_contains($days::DATE[], day) AND text_hash IS DISTINCT FROM CASE WHEN text <> '' THEN sha256(text) END
ORDER BY day, flit_id
