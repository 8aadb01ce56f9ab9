"""The DuckDB warehouse: its schema, what features are made of, and what stages read."""
