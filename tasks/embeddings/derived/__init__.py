"""Spaces computed from other spaces and what birds did."""
