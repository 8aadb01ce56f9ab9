"""Flits by what they say."""
