-- A row is one flit as it stood at the end of a day on which a state of it landed.
CREATE TABLE core_flit_text (
    day       DATE NOT NULL,
    flit_id   VARCHAR NOT NULL,
    bird_id   VARCHAR NOT NULL,
    posted_at TIMESTAMP NOT NULL,
    lang      VARCHAR,
    text      VARCHAR NOT NULL,
    text_hash VARCHAR
);
COMMENT ON TABLE core_flit_text IS 'Cleaned text of flits. As known at K, a flit''s row with the latest day ≤ K holds.';
COMMENT ON COLUMN core_flit_text.day IS 'Partition: the UTC day on which the state landed.';
COMMENT ON COLUMN core_flit_text.flit_id IS 'Identity of the flit.';
COMMENT ON COLUMN core_flit_text.bird_id IS 'Author.';
COMMENT ON COLUMN core_flit_text.posted_at IS 'UTC.';
COMMENT ON COLUMN core_flit_text.lang IS 'Language tag as landed.';
COMMENT ON COLUMN core_flit_text.text IS 'Cleaned text, possibly empty.';
COMMENT ON COLUMN core_flit_text.text_hash IS 'Hex SHA-256 of the cleaned text in UTF-8; NULL where nothing is left of it.';
