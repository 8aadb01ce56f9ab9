-- A row is one visit of a bird whose last event falls on the night's day.
CREATE TABLE core_visit (
    day        DATE NOT NULL,
    bird_id    VARCHAR NOT NULL,
    visit      BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at   TIMESTAMP NOT NULL,
    events     BIGINT NOT NULL,
    flits      VARCHAR[] NOT NULL,
    open       BOOLEAN NOT NULL
);
COMMENT ON TABLE core_visit IS 'Events of a bird without a gap longer than features.session_gap between them, as known on the night.';
COMMENT ON COLUMN core_visit.day IS 'Partition: the night, the UTC day on which the visit ended.';
COMMENT ON COLUMN core_visit.bird_id IS 'Who visited.';
COMMENT ON COLUMN core_visit.visit IS 'Number of the visit among the bird''s visits of the day, from 1, in time order.';
COMMENT ON COLUMN core_visit.started_at IS 'First event, UTC; not before the start of the day before.';
COMMENT ON COLUMN core_visit.ended_at IS 'Last event, UTC.';
COMMENT ON COLUMN core_visit.events IS 'Events of any kind.';
COMMENT ON COLUMN core_visit.flits IS 'Flit of each event, in the order (occurred_at, event_id).';
COMMENT ON COLUMN core_visit.open IS 'True where the day ended before the gap had passed: the next night may hold the same visit, same start, with a later end.';
