"""The rules that judged a version, the versions before it, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

from markupsafe import Markup

from tasks.comparison.distributions.distribution import Distribution
from tasks.comparison.gate.judge import RuleResult, breached
from tasks.report.elements import Cell, Line, ReportPart, ReportTable, badge, code, with_code
from tasks.report.facts import Facts, HistoryRow
from tasks.report.numbers import count, interval, number, of_kind, plain, plural, signed, times
from tasks.report.words import bound_of, kind_of, means


def rules(rules: Sequence[RuleResult]) -> Iterator[ReportPart]:
    """What the gate looked at: what it judged, what did not pass first; what it could not."""
    judged = [
        *breached(rules),
        *(rule for rule in rules if not rule.breached and rule.outcome != "not_applicable"),
    ]
    rest = [rule for rule in rules if rule.outcome == "not_applicable"]
    weighed = [rule for rule in judged if rule.level != "info"]
    digest = f"{sum(rule.outcome == 'pass' for rule in weighed)} of {len(weighed)} passed"
    told = "Limits are those of pipelines.yaml."
    if judged:
        yield ReportPart(
            "rules", "Rules of the gate", digest, [told], tables=[_rule_table("Rules of the gate", judged)]
        )
    if rest:
        digest = f"{plural(len(rest), 'rule')} that had nothing to judge"
        yield ReportPart("not-judged", "Not judged", digest, tables=[_rule_table("Not judged", rest)])


def _rule_table(name: str, rules: Sequence[RuleResult]) -> ReportTable:
    rows = [_rule(rule) for rule in rules]
    kinds = [f"breach {rule.outcome}" if rule.outcome in ("warn", "block") else "" for rule in rules]
    return ReportTable(name, ["rule", "outcome", "#value", "#passes", "#floor", "level"], rows, kinds)


def _rule(rule: RuleResult) -> list[Cell]:
    about = rule.note if rule.value is None else means(rule)
    name = Markup('<b>{}</b><div class="quiet">{}</div>').format(plain(rule.rule), with_code(about))
    passes = None if rule.limit is None else f"{bound_of(rule)} {of_kind(rule.limit, kind_of(rule))}"
    floor = None if rule.floor is None else of_kind(rule.floor, kind_of(rule))
    return [name, badge(rule.outcome), of_kind(rule.value, kind_of(rule)), passes, floor, rule.level]


def history(facts: Facts) -> ReportPart | None:
    """Metrics and verdicts over the versions of a space; None where it is the only one."""
    rows = facts.history
    if len(rows) < 2:
        return None
    held = sum(row.verdict == "block" for row in rows)
    recall = [(row.recall.value, row.recall.low, row.recall.high, row.popularity) for row in rows]
    noise = [(row.multiple, None, None, None if row.multiple is None else 1.0) for row in rows]
    lines = [
        _line(f"{facts.quality.metric} with its interval; dashed: popularity", recall, rows, "{:.3f}"),
        _line("Movement as a multiple of the noise; dashed: noise alone", noise, rows, "{:.1f}×"),
        _line(
            "Cosine to the version before", [(row.cosine, None, None, None) for row in rows], rows, "{:.3f}"
        ),
        _line("Rows", [(float(row.rows), None, None, None) for row in rows], rows, "{:,.0f}"),
    ]
    cells = [_version(row, facts.subject.version) for row in reversed(rows)]
    columns = [
        "day",
        "verdict",
        "#rows",
        "#recall",
        "#popularity",
        "#cosine",
        "#50 nearest",
        "#noise",
        "did not pass",
    ]
    return ReportPart(
        "history",
        "History",
        f"{plural(len(rows), 'version')}, {held} held back",
        ["● pass ▲ warn ■ block"],
        charts=[line for line in lines if sum(point["value"] is not None for point in line.points) > 1],
        tables=[ReportTable("Versions of the space, newest first", columns, cells)],
    )


def _version(row: HistoryRow, version: str) -> list[Cell]:
    return [
        Markup("<b>{}</b>").format(row.day) if row.version == version else row.day,
        badge(row.verdict),
        count(row.rows),
        interval(row.recall.value, row.recall.low, row.recall.high),
        number(row.popularity),
        number(row.cosine),
        number(row.overlap_at_50, 2),
        times(row.multiple),
        ", ".join(plain(rule) for rule in row.breached),
    ]


def _line(
    title: str, values: Sequence[tuple[float | None, ...]], rows: Sequence[HistoryRow], form: str
) -> Line:
    """From 0 on; what varies by little near 1, such as a cosine, from just below its least: its axis says so."""
    ends = [end for of in values for end in of if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if ends and min(ends) > 0.5 * max(ends):
        low = min(ends) - 0.2 * (max(ends) - min(ends) or max(ends) * 0.1)
        title += f" (axis from {form.format(low)})"
    span = high - low or 1.0
    points = [
        {
            name: None if value is None else (value - low) / span
            for name, value in zip(("value", "low", "high", "reference"), of, strict=True)
        }
        | {"verdict": row.verdict, "at": at}
        for at, (of, row) in enumerate(zip(values, rows, strict=True))
    ]
    return Line(title, (form.format(low), form.format(high)), (rows[0].day, rows[-1].day), points)


def lineage(facts: Facts) -> ReportPart:
    of, subject = facts.lineage, facts.subject
    settings = [[one.name, code(one.old), code(one.new)] for one in of.settings]
    reasons = [f"{count(ids)} {plain(reason)}" for reason, ids in of.coverage.items()]
    logs = "the same logs as the predecessor" if of.same_logs else "other logs than the predecessor"
    same_code = "the same code" if of.same_code else "other code than the predecessor"
    same = "" if settings or subject.predecessor is None else "the same as the predecessor's"
    pairs = [
        ("predecessor", subject.predecessor or "none, the first version"),
        ("logs", "" if of.same_logs is None else logs),
        ("code", "" if of.same_code is None else same_code),
        ("parameters", same),
        ("built on", ", ".join(f"{name} {version}" for name, version in of.parents.items())),
        ("seed", "" if of.seed is None else str(of.seed)),
        ("alignment", " – ".join(filter(None, (plain(of.alignment), of.alignment_reason)))),
        ("without a vector", ", ".join(reasons) or "nobody"),
        *((f"digest of {name}", digest) for name, digest in of.digests.items()),
    ]
    changed = (
        [ReportTable("Parameters that changed", ["parameter", "before", "after"], settings)]
        if settings
        else []
    )
    digest = "" if of.same_code is None else f"{logs}, {same_code}"
    pairs = [(name, value) for name, value in pairs if value]
    return ReportPart("lineage", "Parameters and lineage", digest, (), pairs, tables=changed)


def distribution(facts: Facts) -> ReportPart | None:
    """What a drift tool would say of the version, for information."""
    rows = readings(facts.statistics.distribution)
    if not rows:
        return None
    told = "For those who expect them; no rule looks at these. They do not see two ids swapped."
    table = ReportTable("Distribution", ["statistic", "#value", "reads"], rows)
    return ReportPart(
        "distribution", "Distribution", "information, no rule looks at it", [told], tables=[table]
    )


def readings(of: Distribution) -> tuple[tuple[str, str, str], ...]:
    """Name, value and how to read it; empty where nothing was compared."""
    if not of.old_rows or not of.new_rows:
        return ()
    squared, worst, along = (
        of.discrepancy.mmd_squared,
        of.projections.largest,
        f"worst of {of.projections.axes} axes",
    )
    return (
        ("domain classifier AUC", number(of.classifier.auc), "0.5: versions cannot be told apart; 1: always"),
        ("MMD", number(None if squared is None else sqrt(max(0.0, squared))), "0: no change"),
        ("MMD, p-value", number(of.discrepancy.p_value), "how often chance gives as much"),
        ("PSI of lengths", number(of.norms.psi), "below 0.1 stable, above 0.25 another population"),
        (f"PSI, {along}", number(worst.psi), "as above"),
        ("Jensen–Shannon of lengths", number(of.norms.jensen_shannon), "bits: 0 equal, 1 disjoint"),
        (f"Jensen–Shannon, {along}", number(worst.jensen_shannon), "as above"),
        ("Kullback–Leibler of lengths", number(of.norms.kullback_leibler), "nats: 0 equal"),
        (f"Kullback–Leibler, {along}", number(worst.kullback_leibler), "as above"),
        ("mean cosine, shift", signed(of.mean_cosine.shift), "above 0: more of them point one way"),
        ("cosine of the means", number(of.mean_cosine.of_means), "1: the same direction"),
    )
