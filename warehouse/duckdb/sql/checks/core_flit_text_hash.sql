-- A row is a text whose hash is not that of its bytes, or an empty text that has one.
SELECT day, flit_id, text_hash
FROM core_flit_text
WHERE text_hash IS DISTINCT FROM CASE WHEN text <> '' THEN sha256(text) END
ORDER BY day, flit_id
