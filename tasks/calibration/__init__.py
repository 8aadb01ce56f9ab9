"""Protocols by which methods are scored on public sets, and the scorecard they fill."""
