ALTER TABLE landed_file ADD COLUMN after_night DATE;
COMMENT ON COLUMN landed_file.after_night IS 'The newest night that had run without the file though it landed under its day or before; NULL: in time.';
