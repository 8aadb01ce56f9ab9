-- A row is one thing that is left out of what the feature tables were computed from last.
CREATE TABLE set_aside_in_force (
    what  VARCHAR NOT NULL,
    key   VARCHAR NOT NULL,
    since TIMESTAMP NOT NULL
);
COMMENT ON TABLE set_aside_in_force IS 'The part of set_aside that the night whose features were computed last knew of; the views counted_… read it.';
COMMENT ON COLUMN set_aside_in_force.what IS 'As in set_aside.';
COMMENT ON COLUMN set_aside_in_force.key IS 'As in set_aside.';
COMMENT ON COLUMN set_aside_in_force.since IS 'As in set_aside.';
