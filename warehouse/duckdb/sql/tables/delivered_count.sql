-- A row is one file that says how many lines of a log were delivered for a day or an hour.
CREATE TABLE delivered_count (
    path        VARCHAR NOT NULL,
    folder      VARCHAR NOT NULL,
    landed_on   VARCHAR NOT NULL,
    lines       BIGINT NOT NULL,
    modified_ns BIGINT NOT NULL,
    PRIMARY KEY (path)
);
COMMENT ON TABLE delivered_count IS 'How many lines whoever delivers a log says it has.';
COMMENT ON COLUMN delivered_count.path IS 'Relative to the landing folder, with forward slashes.';
COMMENT ON COLUMN delivered_count.folder IS 'Of the source, below the landing folder: the lines of its files are counted.';
COMMENT ON COLUMN delivered_count.landed_on IS 'YYYY-MM-DD or YYYY-MM-DDTHH in UTC: the files of that day or hour together hold the lines.';
COMMENT ON COLUMN delivered_count.lines IS 'As delivered, without blank lines and CSV headers.';
COMMENT ON COLUMN delivered_count.modified_ns IS 'Of the file, in nanoseconds since 1970: another time, and it is read again.';
