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
