-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_erasure (
    requested_at TIMESTAMP NOT NULL,
    bird_id      VARCHAR,
    flit_id      VARCHAR,
    landed_day   DATE NOT NULL,
    file_id      INTEGER NOT NULL,
    line_number  BIGINT NOT NULL,
    duplicate    BOOLEAN NOT NULL,
    conflict     BOOLEAN DEFAULT false
);
COMMENT ON TABLE raw_erasure IS 'One request to forget a bird or a flit.';
COMMENT ON COLUMN raw_erasure.requested_at IS 'UTC.';
COMMENT ON COLUMN raw_erasure.bird_id IS 'The bird to forget, or NULL.';
COMMENT ON COLUMN raw_erasure.flit_id IS 'The flit to forget, or NULL.';
COMMENT ON COLUMN raw_erasure.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_erasure.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_erasure.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_erasure.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
COMMENT ON COLUMN raw_erasure.conflict IS 'A duplicate by its key, whose content is another.';
