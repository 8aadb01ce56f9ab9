-- The schema of the first edition, as its homes have it.
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
-- A row is one flit as it stood at the end of a day on which a state of it landed.
CREATE TABLE core_flit_text (
    day       DATE NOT NULL,
    flit_id   VARCHAR NOT NULL,
    bird_id   VARCHAR NOT NULL,
    posted_at TIMESTAMP NOT NULL,
    lang      VARCHAR,
    text      VARCHAR NOT NULL,
    text_hash VARCHAR
);
COMMENT ON TABLE core_flit_text IS 'Cleaned text of flits. As known at K, a flit''s row with the latest day ≤ K holds.';
COMMENT ON COLUMN core_flit_text.day IS 'Partition: the UTC day on which the state landed.';
COMMENT ON COLUMN core_flit_text.flit_id IS 'Identity of the flit.';
COMMENT ON COLUMN core_flit_text.bird_id IS 'Author.';
COMMENT ON COLUMN core_flit_text.posted_at IS 'UTC.';
COMMENT ON COLUMN core_flit_text.lang IS 'Language tag as landed.';
COMMENT ON COLUMN core_flit_text.text IS 'Cleaned text, possibly empty.';
COMMENT ON COLUMN core_flit_text.text_hash IS 'Hex SHA-256 of the cleaned text in UTF-8; NULL where nothing is left of it.';
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
-- A row is one partition of one feature table, empty partitions included: what it was computed from.
CREATE TABLE feature_partition (
    table_name VARCHAR NOT NULL,
    day        DATE NOT NULL,
    digest     VARCHAR NOT NULL,
    parameters VARCHAR NOT NULL,
    rows       BIGINT NOT NULL,
    PRIMARY KEY (table_name, day)
);
COMMENT ON TABLE feature_partition IS 'Which partitions of the core tables are computed, and from what; written in the transaction that overwrites them.';
COMMENT ON COLUMN feature_partition.table_name IS 'A core table.';
COMMENT ON COLUMN feature_partition.day IS 'The partition: a landed day, or the night for core_visit and core_bird.';
COMMENT ON COLUMN feature_partition.digest IS 'SHA-256 over the files it saw, the SQL and the parameters; another value means stale.';
COMMENT ON COLUMN feature_partition.parameters IS 'The parameters of the query as JSON: readers refuse to mix half-lives.';
COMMENT ON COLUMN feature_partition.rows IS 'Rows in the partition.';
-- A row is one file whose rows stand in the raw tables.
CREATE TABLE landed_file (
    file_id        INTEGER PRIMARY KEY,
    path           VARCHAR NOT NULL UNIQUE,
    sha256         VARCHAR NOT NULL,
    landed_day     DATE NOT NULL,
    modified_ns    BIGINT NOT NULL,
    changed_ns     BIGINT NOT NULL,
    unknown_fields VARCHAR NOT NULL
);
COMMENT ON TABLE landed_file IS 'Files whose lines stand in the raw tables, and what tells a revision without reading it.';
COMMENT ON COLUMN landed_file.file_id IS 'Short name of this content in the raw tables; a revision gets a new one, larger than all before.';
COMMENT ON COLUMN landed_file.path IS 'As in ledger_file.';
COMMENT ON COLUMN landed_file.sha256 IS 'As in ledger_file.';
COMMENT ON COLUMN landed_file.landed_day IS 'The UTC day of landed_on.';
COMMENT ON COLUMN landed_file.modified_ns IS 'Modification time of the file when it was read: unchanged size and times mean unchanged bytes.';
COMMENT ON COLUMN landed_file.changed_ns IS 'Inode change time of the file when it was read.';
COMMENT ON COLUMN landed_file.unknown_fields IS 'JSON object: fields outside the stream''s schema and in how many lines each occurred.';
-- A row is one content (sha256) of one landed file. Outside tools read this table: its columns are fixed.
-- That the counts add up is watched by checks/ledger_adds_up.sql and no CHECK: with an operator such as + in one, DuckDB
-- 1.5 cannot replay its log after a kill, and the warehouse would not open again.
CREATE TABLE ledger_file (
    stream      VARCHAR NOT NULL,
    path        VARCHAR NOT NULL,
    sha256      VARCHAR NOT NULL,
    bytes       BIGINT NOT NULL,
    landed_on   VARCHAR NOT NULL,
    lines       BIGINT NOT NULL,
    accepted    BIGINT NOT NULL,
    duplicates  BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    blank       BIGINT NOT NULL,
    state       VARCHAR NOT NULL CHECK (state IN ('loaded', 'refused', 'superseded')),
    reason      VARCHAR,
    loaded_for  DATE NOT NULL,
    PRIMARY KEY (path, sha256)
);
COMMENT ON TABLE ledger_file IS 'Every landed file, by content: what it held and what became of it.';
COMMENT ON COLUMN ledger_file.stream IS 'interactions, flits, birds, follows or erasures.';
COMMENT ON COLUMN ledger_file.path IS 'Relative to the landing folder, with forward slashes.';
COMMENT ON COLUMN ledger_file.sha256 IS 'Of the bytes as landed (compressed).';
COMMENT ON COLUMN ledger_file.bytes IS 'Size as landed (compressed).';
COMMENT ON COLUMN ledger_file.landed_on IS 'YYYY-MM-DD or YYYY-MM-DDTHH in UTC, from the name; sorts by time.';
COMMENT ON COLUMN ledger_file.lines IS 'Records in the file: accepted + duplicates + quarantined + blank; a CSV header is none.';
COMMENT ON COLUMN ledger_file.accepted IS 'Lines that stand in the raw table.';
COMMENT ON COLUMN ledger_file.duplicates IS 'Lines that repeat one that landed earlier (by landed_on, path, line).';
COMMENT ON COLUMN ledger_file.quarantined IS 'Lines kept in quarantine_line with their reason.';
COMMENT ON COLUMN ledger_file.blank IS 'Lines of white space.';
COMMENT ON COLUMN ledger_file.state IS 'loaded; refused (nothing taken in, tried again next night); superseded (a revision replaced it).';
COMMENT ON COLUMN ledger_file.reason IS 'Why it was refused or superseded.';
COMMENT ON COLUMN ledger_file.loaded_for IS 'The day of the run that read it.';
-- A row is one line that could not be accepted. Outside tools read this table: its columns are fixed.
CREATE TABLE quarantine_line (
    path        VARCHAR NOT NULL,
    sha256      VARCHAR NOT NULL,
    line_number BIGINT NOT NULL,
    reason      VARCHAR NOT NULL,
    raw         BLOB NOT NULL
);
COMMENT ON TABLE quarantine_line IS 'Lines that were not accepted, with the reason and the bytes as they came.';
COMMENT ON COLUMN quarantine_line.path IS 'As in ledger_file.';
COMMENT ON COLUMN quarantine_line.sha256 IS 'As in ledger_file: which content of that path.';
COMMENT ON COLUMN quarantine_line.line_number IS 'From 1; for CSV the physical line on which the record starts.';
COMMENT ON COLUMN quarantine_line.reason IS 'What was expected and what was found.';
COMMENT ON COLUMN quarantine_line.raw IS 'The line as it came, cut at ingest.max_line_bytes.';
-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_bird (
    bird_id     VARCHAR NOT NULL,
    joined_at   TIMESTAMP NOT NULL,
    geo         VARCHAR,
    born_on     DATE,
    landed_day  DATE NOT NULL,
    file_id     INTEGER NOT NULL,
    line_number BIGINT NOT NULL,
    duplicate   BOOLEAN NOT NULL
);
COMMENT ON TABLE raw_bird IS 'One state of a bird; the state that landed last holds.';
COMMENT ON COLUMN raw_bird.bird_id IS 'Identity of the bird.';
COMMENT ON COLUMN raw_bird.joined_at IS 'UTC.';
COMMENT ON COLUMN raw_bird.geo IS 'Where the bird says it lives, as typed.';
COMMENT ON COLUMN raw_bird.born_on IS 'Birthday.';
COMMENT ON COLUMN raw_bird.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_bird.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_bird.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_bird.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_erasure (
    requested_at TIMESTAMP NOT NULL,
    bird_id      VARCHAR,
    flit_id      VARCHAR,
    landed_day   DATE NOT NULL,
    file_id      INTEGER NOT NULL,
    line_number  BIGINT NOT NULL,
    duplicate    BOOLEAN NOT NULL
);
COMMENT ON TABLE raw_erasure IS 'One request to forget a bird or a flit.';
COMMENT ON COLUMN raw_erasure.requested_at IS 'UTC.';
COMMENT ON COLUMN raw_erasure.bird_id IS 'The bird to forget, or NULL.';
COMMENT ON COLUMN raw_erasure.flit_id IS 'The flit to forget, or NULL.';
COMMENT ON COLUMN raw_erasure.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_erasure.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_erasure.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_erasure.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
-- A row is one valid line of a landed file, duplicates included: a revision may take the first of them away.
CREATE TABLE raw_flit (
    flit_id       VARCHAR NOT NULL,
    bird_id       VARCHAR NOT NULL,
    posted_at     TIMESTAMP NOT NULL,
    text          VARCHAR NOT NULL,
    media         VARCHAR,
    lang          VARCHAR,
    hashtags      VARCHAR[],
    reply_to      VARCHAR,
    sensitive     BOOLEAN,
    advertiser_id VARCHAR,
    landed_day    DATE NOT NULL,
    file_id       INTEGER NOT NULL,
    line_number   BIGINT NOT NULL,
    duplicate     BOOLEAN NOT NULL
);
COMMENT ON TABLE raw_flit IS 'One state of a flit; the state that landed last holds.';
COMMENT ON COLUMN raw_flit.flit_id IS 'Identity of the flit.';
COMMENT ON COLUMN raw_flit.bird_id IS 'Author.';
COMMENT ON COLUMN raw_flit.posted_at IS 'UTC.';
COMMENT ON COLUMN raw_flit.text IS 'As written.';
COMMENT ON COLUMN raw_flit.media IS 'text, photo, video or sound.';
COMMENT ON COLUMN raw_flit.lang IS 'Language tag.';
COMMENT ON COLUMN raw_flit.hashtags IS 'Without the sign.';
COMMENT ON COLUMN raw_flit.reply_to IS 'The flit this one answers.';
COMMENT ON COLUMN raw_flit.sensitive IS 'Marked as sensitive.';
COMMENT ON COLUMN raw_flit.advertiser_id IS 'Who paid, for promoted flits.';
COMMENT ON COLUMN raw_flit.landed_day IS 'UTC day on which the line arrived: a run for day D sees landed_day ≤ its known_as_of.';
COMMENT ON COLUMN raw_flit.file_id IS 'landed_file.file_id.';
COMMENT ON COLUMN raw_flit.line_number IS 'From 1, within the file.';
COMMENT ON COLUMN raw_flit.duplicate IS 'Repeats a line that landed earlier; readers of events leave it out.';
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
    duplicate   BOOLEAN NOT NULL
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
    duplicate   BOOLEAN NOT NULL
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
-- A row is one schema version this file has had.
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
COMMENT ON TABLE schema_version IS 'The versions this file has had; the largest is the one it has.';
COMMENT ON COLUMN schema_version.version IS '1 for the first edition, then the number of each migration applied; a fresh file starts at the latest.';
