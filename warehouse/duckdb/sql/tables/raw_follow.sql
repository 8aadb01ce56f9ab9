-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_follow (
    event_id    VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    bird_id     VARCHAR NOT NULL,
    followee_id VARCHAR NOT NULL,
    action      VARCHAR NOT NULL,
    landed_day  DATE NOT NULL,
    file_id     INTEGER NOT NULL,
    line_number BIGINT NOT NULL,
    duplicate   BOOLEAN NOT NULL,
    conflict    BOOLEAN DEFAULT false
);
COMMENT ON TABLE raw_follow IS 'One follow or unfollow.';
COMMENT ON COLUMN raw_follow.event_id IS 'Identity of the event.';
COMMENT ON COLUMN raw_follow.occurred_at IS 'UTC.';
COMMENT ON COLUMN raw_follow.bird_id IS 'Who follows.';
COMMENT ON COLUMN raw_follow.followee_id IS 'Whom.';
COMMENT ON COLUMN raw_follow.action IS 'follow or unfollow.';
COMMENT ON COLUMN raw_follow.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_follow.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_follow.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_follow.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
COMMENT ON COLUMN raw_follow.conflict IS 'A duplicate by its key, whose content is another.';
