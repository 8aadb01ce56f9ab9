-- A row is one bird as known on a night.
CREATE TABLE core_bird (
    day              DATE NOT NULL,
    bird_id          VARCHAR NOT NULL,
    bird_posts       BIGINT NOT NULL,
    bird_clicks      BIGINT NOT NULL,
    bird_geo         VARCHAR,
    bird_likes       BIGINT NOT NULL,
    days_since_post  BIGINT,
    posts_4w         BIGINT NOT NULL,
    interactions_4w  BIGINT NOT NULL,
    account_age_days BIGINT
);
COMMENT ON TABLE core_bird IS 'Tabular features of every known bird. The past month is the 30 days that end with the night, 4 weeks the 28 days.';
COMMENT ON COLUMN core_bird.day IS 'Partition: the night.';
COMMENT ON COLUMN core_bird.bird_id IS 'Identity of the bird; known from birds, interactions, flits or follows.';
COMMENT ON COLUMN core_bird.bird_posts IS 'Flits the bird posted in the past month.';
COMMENT ON COLUMN core_bird.bird_clicks IS 'Different flits the bird clicked through in the past month.';
COMMENT ON COLUMN core_bird.bird_geo IS 'Where the bird says it lives; NULL where it does not, or no line of birds has landed.';
COMMENT ON COLUMN core_bird.bird_likes IS 'Likes the bird gave in the past month.';
COMMENT ON COLUMN core_bird.days_since_post IS 'UTC days from the bird''s latest flit to the night, 0 on the same day; NULL where it never posted.';
COMMENT ON COLUMN core_bird.posts_4w IS 'Flits the bird posted in the past 4 weeks.';
COMMENT ON COLUMN core_bird.interactions_4w IS 'Interactions of any kind in the past 4 weeks: engagement.';
COMMENT ON COLUMN core_bird.account_age_days IS 'UTC days from joining to the night; NULL where no line of birds has landed.';
