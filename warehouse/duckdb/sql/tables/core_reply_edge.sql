-- A row is one reply of a bird to a flit, from either stream that tells of replies.
CREATE TABLE core_reply_edge (
    day         DATE NOT NULL,
    bird_id     VARCHAR NOT NULL,
    flit_id     VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    reply_id    VARCHAR NOT NULL,
    origin      VARCHAR NOT NULL CHECK (origin IN ('interaction', 'flit'))
);
COMMENT ON TABLE core_reply_edge IS 'Who replied to which flit. Its author is joined when read: it may land later than the reply.';
COMMENT ON COLUMN core_reply_edge.day IS 'Partition: the UTC day on which the line landed.';
COMMENT ON COLUMN core_reply_edge.bird_id IS 'Who replied.';
COMMENT ON COLUMN core_reply_edge.flit_id IS 'The flit that was answered.';
COMMENT ON COLUMN core_reply_edge.occurred_at IS 'UTC time of the reply.';
COMMENT ON COLUMN core_reply_edge.reply_id IS 'event_id of the interaction, or flit_id of the answering flit.';
COMMENT ON COLUMN core_reply_edge.origin IS 'interaction, or flit; a flit''s row holds only while it is the flit''s latest state.';
