"""Smaller editions of other spaces."""
