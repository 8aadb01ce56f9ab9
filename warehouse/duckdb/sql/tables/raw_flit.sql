-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_flit (
    flit_id       VARCHAR NOT NULL,
    bird_id       VARCHAR NOT NULL,
    posted_at     TIMESTAMP NOT NULL,
    text          VARCHAR NOT NULL,
    media         VARCHAR,
    lang          VARCHAR,
    hashtags      VARCHAR[],
    reply_to      VARCHAR,
    sensitive     BOOLEAN,
    advertiser_id VARCHAR,
    landed_day    DATE NOT NULL,
    file_id       INTEGER NOT NULL,
    line_number   BIGINT NOT NULL,
    duplicate     BOOLEAN NOT NULL,
    conflict      BOOLEAN DEFAULT false
);
COMMENT ON TABLE raw_flit IS 'One state of a flit; the state that landed last holds.';
COMMENT ON COLUMN raw_flit.flit_id IS 'Identity of the flit.';
COMMENT ON COLUMN raw_flit.bird_id IS 'Author.';
COMMENT ON COLUMN raw_flit.posted_at IS 'UTC.';
COMMENT ON COLUMN raw_flit.text IS 'As written.';
COMMENT ON COLUMN raw_flit.media IS 'text, photo, video or sound.';
COMMENT ON COLUMN raw_flit.lang IS 'Language tag.';
COMMENT ON COLUMN raw_flit.hashtags IS 'Without the sign.';
COMMENT ON COLUMN raw_flit.reply_to IS 'The flit this one answers.';
COMMENT ON COLUMN raw_flit.sensitive IS 'Marked as sensitive.';
COMMENT ON COLUMN raw_flit.advertiser_id IS 'Who paid, for promoted flits.';
COMMENT ON COLUMN raw_flit.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_flit.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_flit.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_flit.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
COMMENT ON COLUMN raw_flit.conflict IS 'A duplicate by its key, whose content is another.';
