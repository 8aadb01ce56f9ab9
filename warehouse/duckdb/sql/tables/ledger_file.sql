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
