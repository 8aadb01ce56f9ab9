-- A row is one file whose rows stand in the raw tables.
CREATE TABLE landed_file (
    file_id        INTEGER PRIMARY KEY,
    path           VARCHAR NOT NULL UNIQUE,
    sha256         VARCHAR NOT NULL,
    landed_day     DATE NOT NULL,
    modified_ns    BIGINT NOT NULL,
    changed_ns     BIGINT NOT NULL,
    unknown_fields VARCHAR NOT NULL,
    lost_values    VARCHAR DEFAULT '{}',
    after_night    DATE
);
COMMENT ON TABLE landed_file IS 'Files whose lines stand in the raw tables, and what tells a revision without reading it.';
COMMENT ON COLUMN landed_file.file_id IS 'Short name of this content in the raw tables; a revision gets a new one, larger than all before.';
COMMENT ON COLUMN landed_file.path IS 'As in ledger_file.';
COMMENT ON COLUMN landed_file.sha256 IS 'As in ledger_file.';
COMMENT ON COLUMN landed_file.landed_day IS 'The UTC day of landed_on.';
COMMENT ON COLUMN landed_file.modified_ns IS 'Modification time of the file when it was read: unchanged size and times mean unchanged bytes.';
COMMENT ON COLUMN landed_file.changed_ns IS 'Inode change time of the file when it was read.';
COMMENT ON COLUMN landed_file.unknown_fields IS 'JSON object: fields outside the stream''s schema and in how many lines each occurred.';
COMMENT ON COLUMN landed_file.lost_values IS 'JSON object: values of accepted lines that were not taken (`dwell_ms: mistyped`), and how many.';
COMMENT ON COLUMN landed_file.after_night IS 'The newest night that had run without the file though it landed under its day or before; NULL: in time.';
