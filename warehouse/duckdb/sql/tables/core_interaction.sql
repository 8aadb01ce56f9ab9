-- A row is what a bird did with a flit on one day, as far as it landed on one day.
CREATE TABLE core_interaction (
    day         DATE NOT NULL,
    occurred_on DATE NOT NULL,
    bird_id     VARCHAR NOT NULL,
    flit_id     VARCHAR NOT NULL,
    events      BIGINT NOT NULL,
    weight      DOUBLE NOT NULL,
    last_at     TIMESTAMP NOT NULL
);
COMMENT ON TABLE core_interaction IS 'Decayed interest of a bird in a flit. Rows of a pair add up, each times 2^-(days since occurred_on / half-life).';
COMMENT ON COLUMN core_interaction.day IS 'Partition: the UTC day on which the lines landed.';
COMMENT ON COLUMN core_interaction.occurred_on IS 'UTC day of the events.';
COMMENT ON COLUMN core_interaction.bird_id IS 'Who acted.';
COMMENT ON COLUMN core_interaction.flit_id IS 'On what.';
COMMENT ON COLUMN core_interaction.events IS 'Events of a kind whose weight is not zero.';
COMMENT ON COLUMN core_interaction.weight IS 'Sum of kind weight × 2^-((end of occurred_on − occurred_at) / half-life): the interest at the end of occurred_on.';
COMMENT ON COLUMN core_interaction.last_at IS 'The last of the events, UTC.';
