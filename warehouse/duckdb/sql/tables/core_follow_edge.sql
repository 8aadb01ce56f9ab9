-- A row is one follow or unfollow.
CREATE TABLE core_follow_edge (
    day         DATE NOT NULL,
    bird_id     VARCHAR NOT NULL,
    followee_id VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    event_id    VARCHAR NOT NULL,
    follows     BOOLEAN NOT NULL
);
COMMENT ON TABLE core_follow_edge IS 'Changes of the follow graph. A pair''s latest event by (occurred_at, event_id) says whether the edge stands.';
COMMENT ON COLUMN core_follow_edge.day IS 'Partition: the UTC day on which the line landed.';
COMMENT ON COLUMN core_follow_edge.bird_id IS 'Who follows.';
COMMENT ON COLUMN core_follow_edge.followee_id IS 'Whom.';
COMMENT ON COLUMN core_follow_edge.occurred_at IS 'UTC.';
COMMENT ON COLUMN core_follow_edge.event_id IS 'Breaks ties of occurred_at.';
COMMENT ON COLUMN core_follow_edge.follows IS 'True for follow, false for unfollow.';
