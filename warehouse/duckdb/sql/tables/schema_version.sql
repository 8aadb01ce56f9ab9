-- A row is one schema version this file has had.
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
COMMENT ON TABLE schema_version IS 'The versions this file has had; the largest is the one it has.';
COMMENT ON COLUMN schema_version.version IS '1 for the first edition, then the number of each migration applied; a fresh file starts at the latest.';
