"""The ways in which methods are scored on a set, and the files that public sets come in."""
