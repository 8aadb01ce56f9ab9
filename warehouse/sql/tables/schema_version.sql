CREATE TABLE schema_version (version INTEGER NOT NULL);
COMMENT ON TABLE schema_version IS 'One row per upgrade this file went through; the largest is its version.';
COMMENT ON COLUMN schema_version.version IS 'Number of the last migration applied, 1 for the first edition.';
