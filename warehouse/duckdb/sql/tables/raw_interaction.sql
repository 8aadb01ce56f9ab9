-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_interaction (
    event_id    VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    bird_id     VARCHAR NOT NULL,
    flit_id     VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,
    surface     VARCHAR,
    session_id  VARCHAR,
    dwell_ms    BIGINT,
    landed_day  DATE NOT NULL,
    file_id     INTEGER NOT NULL,
    line_number BIGINT NOT NULL,
    duplicate   BOOLEAN NOT NULL,
    conflict    BOOLEAN DEFAULT false
);
COMMENT ON TABLE raw_interaction IS 'One interaction of a bird with a flit.';
COMMENT ON COLUMN raw_interaction.event_id IS 'Identity of the event.';
COMMENT ON COLUMN raw_interaction.occurred_at IS 'UTC.';
COMMENT ON COLUMN raw_interaction.bird_id IS 'Who acted.';
COMMENT ON COLUMN raw_interaction.flit_id IS 'On what.';
COMMENT ON COLUMN raw_interaction.kind IS 'view, click, like, reply, reflit, share, hide or report.';
COMMENT ON COLUMN raw_interaction.surface IS 'feed, search, profile or ad.';
COMMENT ON COLUMN raw_interaction.session_id IS 'Session as the client saw it.';
COMMENT ON COLUMN raw_interaction.dwell_ms IS 'Milliseconds on screen.';
COMMENT ON COLUMN raw_interaction.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_interaction.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_interaction.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_interaction.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
COMMENT ON COLUMN raw_interaction.conflict IS 'A duplicate by its key, whose content is another.';
