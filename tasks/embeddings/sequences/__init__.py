"""Flits and birds by the order in which flits were touched."""
