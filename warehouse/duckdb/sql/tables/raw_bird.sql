-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_bird (
    bird_id     VARCHAR NOT NULL,
    joined_at   TIMESTAMP NOT NULL,
    geo         VARCHAR,
    born_on     DATE,
    landed_day  DATE NOT NULL,
    file_id     INTEGER NOT NULL,
    line_number BIGINT NOT NULL,
    duplicate   BOOLEAN NOT NULL,
    conflict    BOOLEAN DEFAULT false
);
COMMENT ON TABLE raw_bird IS 'One state of a bird; the state that landed last holds.';
COMMENT ON COLUMN raw_bird.bird_id IS 'Identity of the bird.';
COMMENT ON COLUMN raw_bird.joined_at IS 'UTC.';
COMMENT ON COLUMN raw_bird.geo IS 'Where the bird says it lives, as typed.';
COMMENT ON COLUMN raw_bird.born_on IS 'Birthday.';
COMMENT ON COLUMN raw_bird.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_bird.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_bird.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_bird.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
COMMENT ON COLUMN raw_bird.conflict IS 'A duplicate by its key, whose content is another.';
