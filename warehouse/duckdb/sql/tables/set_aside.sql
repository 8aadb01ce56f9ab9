-- A row is one thing in the logs that a version was held back for, as that version's night proposed to leave it out.
CREATE TABLE set_aside (
    what         VARCHAR NOT NULL,
    key          VARCHAR NOT NULL,
    since        TIMESTAMP NOT NULL,
    known_from   DATE NOT NULL,
    counted_from DATE,
    space        VARCHAR NOT NULL,
    version      VARCHAR NOT NULL,
    rule         VARCHAR NOT NULL,
    decision     VARCHAR NOT NULL,
    who          VARCHAR,
    why          VARCHAR,
    decided_at   TIMESTAMP,
    PRIMARY KEY (what, key, since, space, version)
);
COMMENT ON TABLE set_aside IS 'What is left out of training and of every baseline until a person counts it in.';
COMMENT ON COLUMN set_aside.what IS 'bird, file, hour or day.';
COMMENT ON COLUMN set_aside.key IS 'Id of the bird, path of the file, or the hour or day as text.';
COMMENT ON COLUMN set_aside.since IS 'UTC: a bird is left out from here on, an hour or a day begins here; of a file the day that it landed on.';
COMMENT ON COLUMN set_aside.known_from IS 'The first night that leaves it out: a run for an earlier known_as_of counts it.';
COMMENT ON COLUMN set_aside.counted_from IS 'The first night that counts it in again; NULL while it is left out.';
COMMENT ON COLUMN set_aside.space IS 'The space whose gate objected.';
COMMENT ON COLUMN set_aside.version IS 'The version that was held back.';
COMMENT ON COLUMN set_aside.rule IS 'The rule that named it, or `person`.';
COMMENT ON COLUMN set_aside.decision IS 'proposed, released or discarded.';
COMMENT ON COLUMN set_aside.who IS 'Who decided; NULL while nobody has.';
COMMENT ON COLUMN set_aside.why IS 'The reason given.';
COMMENT ON COLUMN set_aside.decided_at IS 'UTC.';
