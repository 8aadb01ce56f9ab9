"""Flits and birds by who touched what."""
