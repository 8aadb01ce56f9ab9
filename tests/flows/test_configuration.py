"""`pipelines.yaml`: what is accepted, and that every fault is one line with file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.configuration import ConfigurationError, json_schema, load_configuration
from tasks.embeddings.registry import METHODS
from tasks.parameters import format_duration, parse_duration

ROOT = Path(__file__).resolve().parents[2]
TEXT = "pipelines:\n  words: {entity: flit, method: sentence_transformer}\n"


def faults(tmp_path: Path, text: str) -> list[str]:
    """The lines that `load_configuration` refuses `text` with."""
    path = tmp_path / "pipelines.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(path)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_the_default_file_declares_the_three_spaces_in_building_order() -> None:
    configuration = load_configuration(ROOT / "pipelines.yaml")
    names = [name for name, _ in configuration.in_order()]
    assert set(names) == {"flit_text", "flit_interactions", "bird_interests"}
    assert names.index("flit_text") < names.index("bird_interests")
    assert set(configuration.sources) == {"interactions", "flits", "birds", "follows", "erasures"}


def test_the_schema_file_is_in_step_with_the_models() -> None:
    assert (ROOT / "docs" / "pipelines.schema.json").read_text(encoding="utf-8") == json_schema(), (
        "run `make schema`"
    )


def test_the_default_file_fits_the_schema_and_an_unknown_key_does_not() -> None:
    schema = yaml.safe_load(json_schema())
    document = yaml.safe_load((ROOT / "pipelines.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    document["pipelines"]["flit_text"]["epoch"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_can_be_declared_with_its_defaults(tmp_path: Path, method: str) -> None:
    how = METHODS[method]
    below = "vocabulary" if how.builds_on == "word" else "words"
    parents = f"from: [{below}], " if "parents" in how.reads else ""
    entity = "flit" if how.entity == "parent" else how.entity
    path = tmp_path / "pipelines.yaml"
    vocabulary = "  vocabulary: {entity: word, method: word2vec}\n"
    path.write_text(
        f"{TEXT}{vocabulary}  space: {{entity: {entity}, {parents}method: {method}}}\n", encoding="utf-8"
    )
    assert load_configuration(path).pipelines["space"].params == how.parameters()


def test_an_unknown_key_names_line_key_and_the_nearest_known_one(tmp_path: Path) -> None:
    text = TEXT + "  items:\n    entity: flit\n    method: item2vec\n    params:\n      epoch: 3\n"
    (line,) = faults(tmp_path, text)
    assert line.startswith("7: pipelines.items.params.epoch: unknown key; did you mean 'epochs'?")


def test_a_key_that_is_unknown_at_the_top(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, TEXT + "schedules: {}\n")
    assert line.startswith("3: schedules: unknown key; did you mean 'schedule'?")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = TEXT + "  items: {entity: flit, method: item2vec, window: soon, params: {epochs: many}}\n"
    window, epochs = sorted(faults(tmp_path, text), reverse=True)
    assert window.startswith(
        "3: pipelines.items.window: expected a duration such as 30m, 12h or 28d, found 'soon'"
    )
    assert epochs.startswith("3: pipelines.items.params.epochs: expected a valid integer")
    assert "found 'many'" in epochs


def test_an_unknown_method_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "pipelines:\n  items:\n    entity: flit\n    method: item2vek\n")
    assert line.startswith("4: pipelines.items.method: no such method: 'item2vek'; did you mean 'item2vec'?")


def test_a_missing_key_names_where_it_belongs(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "pipelines:\n  items:\n    method: item2vec\n")
    assert line == "2: pipelines.items.entity: missing; add `entity` to pipelines.items"


def test_a_dangling_parent_is_refused(tmp_path: Path) -> None:
    text = TEXT + "  birds:\n    entity: bird\n    method: recency_weighted_mean\n    from:\n      - word\n"
    (line,) = faults(tmp_path, text)
    assert line.startswith("7: pipelines.birds.from.0: names no pipeline: 'word'; did you mean 'words'?")


@pytest.mark.parametrize(
    ("space", "expected"),
    [("entity: bird, method: pca", "bird"), ("entity: flit, method: sif", "word")],
)
def test_a_space_below_of_another_kind_is_refused(tmp_path: Path, space: str, expected: str) -> None:
    (line,) = faults(tmp_path, TEXT + f"  small: {{{space}, from: [words]}}\n")
    assert line.startswith("3: pipelines.small.from.0: ")
    assert f"of entity {expected}, 'words' is one of flit" in line


def test_a_cycle_is_refused_with_its_members(tmp_path: Path) -> None:
    birds = "{{entity: bird, method: recency_weighted_mean, from: [{}]}}"
    (line,) = faults(tmp_path, f"pipelines:\n  a: {birds.format('b')}\n  b: {birds.format('a')}\n")
    assert "a cycle: " in line
    assert "a → b" in line or "b → a" in line


def test_a_parent_where_the_method_takes_none(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, TEXT + "  items: {entity: flit, method: item2vec, from: [words]}\n")
    assert line.startswith("3: pipelines.items: item2vec takes no `from`, found from: ['words']")


def test_a_gate_override_with_an_unknown_rule(tmp_path: Path) -> None:
    (line,) = faults(
        tmp_path, TEXT + "  items: {entity: flit, method: item2vec, gate: {row_dropp: {limit: 0.3}}}\n"
    )
    assert line.startswith("3: pipelines.items")
    assert "row_dropp" in line
    assert "row_drop" in line


def test_a_key_given_twice(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, TEXT + "gate: {}\ngate: {}\n")
    assert line == "4: gate: given twice, first on line 3; remove one"


@pytest.mark.parametrize(
    ("text", "told"),
    [("pipelines: [", "not valid YAML"), ("- a\n", "expected a mapping"), ("", "expected a mapping")],
)
def test_what_is_no_configuration_at_all(tmp_path: Path, text: str, told: str) -> None:
    (line,) = faults(tmp_path, text)
    assert told in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
        ), "more than 100,000 keys and entries"),
        ("pipelines: " + "[" * 20_000, "nested too deep"),
        ("pipelines: {'../x': {entity: flit, method: lsa}}", "pipelines.../x: expected a name of at most"),
    ],
    ids=["aliases", "brackets", "path"],
)  # fmt: skip
def test_what_is_made_to_do_harm_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "pipelines.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: cannot be read .* --config"):
        load_configuration(tmp_path / "absent.yaml")


@given(st.integers(1, 10_000), st.sampled_from("smhd"))
def test_durations_round_trip(count: int, unit: str) -> None:
    duration = parse_duration(f"{count}{unit}")
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("duration", ["36501d", "900000d", "9999999999999d", "9" * 400 + "s"])
def test_durations_that_leave_the_calendar_are_refused(tmp_path: Path, duration: str) -> None:
    assert parse_duration("36500d").days == 36_500
    space = f"  items: {{entity: flit, method: item2vec, evaluate: {{hold_out: {duration}}}}}\n"
    (line,) = faults(tmp_path, TEXT + space)
    assert line.startswith(
        "3: pipelines.items.evaluate.hold_out: expected a duration of at most 36500d, found "
    )


@pytest.mark.parametrize("key", ["window: 36h", "evaluate: {hold_out: 12h}"])
def test_parts_of_days_are_refused_where_a_method_reads_whole_ones(tmp_path: Path, key: str) -> None:
    (line,) = faults(tmp_path, TEXT + f"  items: {{entity: flit, method: als_flits, {key}}}\n")
    name = "window" if key.startswith("window") else "evaluate.hold_out"
    assert line.startswith(
        f"3: pipelines.items: als_flits reads interactions by day: expected {name} of whole days"
    )
    assert "\n" not in line
    path = tmp_path / "fits.yaml"
    path.write_text(TEXT + f"  items: {{entity: flit, method: item2vec, {key}}}\n", encoding="utf-8")
    assert "items" in load_configuration(path).pipelines
    path.write_text(
        TEXT + "  items: {entity: flit, method: als_flits, window: 48h, evaluate: {hold_out: 24h}}\n",
        encoding="utf-8",
    )
    assert "items" in load_configuration(path).pipelines


def test_a_source_that_carries_no_stream(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, TEXT + "sources:\n  birds: {}\n  clicks: {}\n")
    assert line.startswith("5: sources.clicks: not a stream; say which of interactions, flits")


def test_two_sources_that_read_one_folder(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, TEXT + "sources:\n  birds: {}\n  more: {stream: birds, folder: birds}\n")
    assert line.startswith("5: sources.more: reads the folder 'birds' as birds does")
