"""The page: one HTML file that a phone, a desktop and a screen reader can show, without a network or a script."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.comparison.gate.judge import RuleResult, breached
from tasks.report.facts import Facts
from tasks.report.history import history
from tasks.report.markup import Markup, join, tag
from tasks.report.numbers import of_kind, plain, plural
from tasks.report.parts import badge, code, folded, quiet, section, table
from tasks.report.section_distribution import distribution
from tasks.report.section_inputs import inputs, lineage, topics
from tasks.report.section_movement import movement
from tasks.report.section_movers import movers, space_map
from tasks.report.section_quality import quality
from tasks.report.style import STYLE
from tasks.report.verdict import verdict_words
from tasks.report.words import Cause, bound_of, causes, follows, kind_of, means, says, step_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is fetched and nothing runs, whatever the page holds."""


def page(facts: Facts) -> str:
    """The report as HTML, UTF-8 when written."""
    sections = [(anchor, title, made) for anchor, title, made in _sections(facts) if made is not None]
    subject = facts.subject
    title = f"{subject.space}, {subject.day}: {facts.verdict}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    links = (tag("a", title, href=f"#{anchor}") for anchor, title, _ in sections)
    main = tag("main", *(made for _, _, made in sections))
    body = tag("body", _header(facts), tag("nav", *links, aria_label="Sections"), main, _footer(facts))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _sections(facts: Facts) -> Iterator[tuple[str, str, Markup | None]]:
    """Anchor, name in the table of contents, and content; None where there is nothing to tell."""
    yield "rules", "Rules", _rules(facts)
    yield "quality", "Quality", quality(facts.quality)
    yield "map", "Map", space_map(facts)
    yield "movement", "Movement and noise", movement(facts)
    yield "movers", "Movers", movers(facts)
    yield "topics", "Topics", topics(facts.topics)
    yield "inputs", "Input", inputs(facts.inputs)
    yield "distribution", "Distribution", distribution(facts.distribution)
    yield "lineage", "Lineage", lineage(facts)
    yield "history", "History", history(facts.history, facts.subject.version)


def _header(facts: Facts) -> Markup:
    subject, verdict = facts.subject, verdict_words(facts.subject, facts.verdict, facts.rules)
    compared = f"compared with {subject.predecessor}" if subject.predecessor else "the first version"
    sentence = tag("p", tag("span", verdict.what, class_=f"badge {facts.verdict}"), f": {verdict.why}.")
    return tag(
        "header",
        tag("h1", f"{subject.space} of ", tag("span", subject.day, class_="day")),
        quiet(
            code(subject.version),
            f" · {plural(subject.rows, subject.entity)} · {plain(subject.method)} · {compared}",
        ),
        tag(
            "div",
            sentence,
            tag("p", _with_code(verdict.todo)),
            tag("pre", tag("code", verdict.command)) if verdict.command else None,
            class_=f"banner {facts.verdict}",
            role="status",
        ),
        _breaches(causes(facts.rules)),
    )


def _breaches(found: list[Cause]) -> Markup | None:
    """What did not pass, with what to do about each."""
    if not found:
        return None
    items = (
        tag(
            "li", badge(cause.rule.outcome), " ", tag("b", plain(cause.rule.rule)), f": {says(cause.rule)}.",
            tag("div", _with_code(step_of(cause.rule)), follows(cause), class_="quiet"),
        )
        for cause in found
    )  # fmt: skip
    return tag("section", tag("h3", "What did not pass"), tag("ul", *items, class_="breaches"))


def _rules(facts: Facts) -> Markup:
    told = [rule for rule in facts.rules if rule.outcome != "not_applicable"]
    rest = [rule for rule in facts.rules if rule.outcome == "not_applicable"]
    return section(
        "rules",
        "What the gate looked at",
        quiet(
            f"{plural(len(told), 'rule')}, {len(breached(facts.rules))} did not pass. "
            "Limits are those of pipelines.yaml."
        ),
        _rule_table(told),
        folded(f"{plural(len(rest), 'rule')} not applicable", _rule_table(rest)) if rest else None,
    )


def _rule_table(rules: list[RuleResult]) -> Markup:
    rows = [
        [
            tag(
                "span",
                tag("b", plain(rule.rule)),
                tag("div", _with_code(_about(rule)), class_="quiet"),
            ),
            badge(rule.outcome),
            of_kind(rule.value, kind_of(rule)),
            f"{bound_of(rule)} {of_kind(rule.limit, kind_of(rule))}" if rule.limit is not None else None,
            of_kind(rule.floor, kind_of(rule)) if rule.floor is not None else None,
            rule.level,
        ]
        for rule in rules
    ]
    kinds = [f"breach {rule.outcome}" if rule.outcome in ("warn", "block") else "" for rule in rules]
    columns = ["rule", "outcome", "#value", "#passes", "#floor", "level"]
    return table(columns, rows, "Rules of the gate", kinds)


def _about(rule: RuleResult) -> str:
    """What a rule looks at; why it has no value."""
    return rule.note if rule.value is None else means(rule)


def _with_code(text: str) -> Markup:
    """What stands between backticks as code."""
    parts = text.split("`")
    return join([code(part) if at % 2 else part for at, part in enumerate(parts)])


def _footer(facts: Facts) -> Markup:
    subject = facts.subject
    return tag(
        "footer",
        "Cosines compare a vector with its earlier self after the newer version was rotated onto the older one. "
        f"Logs as known on {subject.known_as_of}. The same facts as JSON lie beside this page in ",
        code("report.json"),
        ". Any two versions are compared by ",
        code(f"nightjar drift {subject.space} OLD NEW"),
        ".",
    )
