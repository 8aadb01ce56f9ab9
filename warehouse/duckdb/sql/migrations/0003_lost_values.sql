ALTER TABLE landed_file ADD COLUMN lost_values VARCHAR DEFAULT '{}';
COMMENT ON COLUMN landed_file.lost_values IS 'JSON object: values of accepted lines that were not taken (`dwell_ms: mistyped`), and how many.';
