-- A row is one deliberate act of a bird on a flit.
CREATE TABLE core_flit_sequence (
    day         DATE NOT NULL,
    bird_id     VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    event_id    VARCHAR NOT NULL,
    flit_id     VARCHAR NOT NULL
);
COMMENT ON TABLE core_flit_sequence IS 'The flits a bird chose. Read in the order (bird_id, occurred_at, event_id): late events of other partitions lie between.';
COMMENT ON COLUMN core_flit_sequence.day IS 'Partition: the UTC day on which the line landed.';
COMMENT ON COLUMN core_flit_sequence.bird_id IS 'Who acted.';
COMMENT ON COLUMN core_flit_sequence.occurred_at IS 'UTC.';
COMMENT ON COLUMN core_flit_sequence.event_id IS 'Breaks ties of occurred_at.';
COMMENT ON COLUMN core_flit_sequence.flit_id IS 'On what.';
