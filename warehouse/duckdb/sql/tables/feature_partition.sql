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
