-- Lines with a known event_id and other content were counted as duplicates: they are conflicts. What landed before keeps
-- its counts until a file with the same event_id lands.
ALTER TABLE raw_interaction ADD COLUMN conflict BOOLEAN DEFAULT false;
ALTER TABLE raw_flit ADD COLUMN conflict BOOLEAN DEFAULT false;
ALTER TABLE raw_bird ADD COLUMN conflict BOOLEAN DEFAULT false;
ALTER TABLE raw_follow ADD COLUMN conflict BOOLEAN DEFAULT false;
ALTER TABLE raw_erasure ADD COLUMN conflict BOOLEAN DEFAULT false;
CREATE TEMP TABLE ledger_before AS FROM ledger_file;
DROP TABLE ledger_file;
CREATE TABLE ledger_file (
    stream      VARCHAR NOT NULL,
    path        VARCHAR NOT NULL,
    sha256      VARCHAR NOT NULL,
    bytes       BIGINT NOT NULL,
    landed_on   VARCHAR NOT NULL,
    lines       BIGINT NOT NULL,
    accepted    BIGINT NOT NULL,
    duplicates  BIGINT NOT NULL,
    conflicts   BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    left_out    BIGINT NOT NULL,
    erased      BIGINT NOT NULL,
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
COMMENT ON COLUMN ledger_file.lines IS 'Records in the file: the sum of the counts below; a CSV header is none.';
COMMENT ON COLUMN ledger_file.accepted IS 'Lines that stand in the raw table.';
COMMENT ON COLUMN ledger_file.duplicates IS 'Lines that repeat one that landed earlier (by landed_on, path, line).';
COMMENT ON COLUMN ledger_file.conflicts IS 'Lines with the event_id of one that landed earlier, and other content.';
COMMENT ON COLUMN ledger_file.quarantined IS 'Lines kept in quarantine_line with their reason.';
COMMENT ON COLUMN ledger_file.left_out IS 'Rows that the source itself leaves out by its `values`.';
COMMENT ON COLUMN ledger_file.erased IS 'Lines of a bird or flit that was forgotten.';
COMMENT ON COLUMN ledger_file.blank IS 'Lines of white space.';
COMMENT ON COLUMN ledger_file.state IS 'loaded; refused (nothing taken in, tried again next night); superseded (a revision replaced it).';
COMMENT ON COLUMN ledger_file.reason IS 'Why it was refused or superseded.';
COMMENT ON COLUMN ledger_file.loaded_for IS 'The day of the run that read it.';
INSERT INTO ledger_file BY NAME
SELECT *, 0 AS conflicts, 0 AS left_out, 0 AS erased FROM ledger_before ORDER BY landed_on, path, sha256;
DROP TABLE ledger_before;
COMMENT ON COLUMN raw_interaction.conflict IS 'A duplicate by its key, whose content is another.';
COMMENT ON COLUMN raw_flit.conflict IS 'A duplicate by its key, whose content is another.';
COMMENT ON COLUMN raw_bird.conflict IS 'A duplicate by its key, whose content is another.';
COMMENT ON COLUMN raw_follow.conflict IS 'A duplicate by its key, whose content is another.';
COMMENT ON COLUMN raw_erasure.conflict IS 'A duplicate by its key, whose content is another.';
