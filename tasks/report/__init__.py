"""The report of a version: facts from the documents of its stages, and what shows them. Pure.

`Facts` is all that is known, as frozen dataclasses; `read_facts` turns the documents into it, `document` into JSON,
`page` into one HTML file that needs no network and no script, `markdown` and `plots` into what MLflow keeps. Equal
facts give equal bytes: no clock, no run ids.
"""

from tasks.report.facts import Facts, document, facts_of
from tasks.report.map import draw_points
from tasks.report.page import page
from tasks.report.read_facts import Sources, read_facts

__all__ = ["Facts", "Sources", "document", "draw_points", "facts_of", "page", "read_facts"]
