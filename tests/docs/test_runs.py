"""What README and docs show is run: each page's commands and snippets, in order, on the home of a small demo."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.nights

VERSION = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}")
RUNNABLE = ("sh", "python")
PAGES = ("README.md", "docs/operate.md", "docs/servers.md", "docs/snapshots.md", "docs/sources.md")
Shell = Callable[..., object]


def real_versions(folder: Path, text: str) -> str:
    """The text with each version's fingerprint as it is in this home: they depend on the code."""

    def real(match: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end())]
        (space,) = {path.name for path in (folder / "home/snapshots").iterdir() if path.name in line}
        found = (folder / "home/snapshots" / space).glob(f"{match[0][:10]}-*")
        return max(found, key=lambda path: path.stat().st_mtime_ns).name

    return VERSION.sub(real, text)


def is_make(text: str) -> bool:
    return all(line.startswith("make ") for line in text.splitlines())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs(page: str, pages: ModuleType, folder: Path, shell: Shell) -> None:
    snippets = []
    for block in pages.blocks(page):
        if block.language == "python":
            snippets.append(f"# {page}:{block.line}\n{block.text}")
        elif block.language == "yaml" and block.name:
            (folder / block.name).write_text(block.text, encoding="utf-8")
        elif block.language == "sh" and not is_make(block.text):
            done = shell(folder, real_versions(folder, block.text))
            assert done.returncode == 0, f"{page}:{block.line}: {done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr
    script = real_versions(folder, "\n".join(snippets))
    (folder / "snippets.py").write_text(script, encoding="utf-8")
    done = shell(folder, "python snippets.py")
    assert done.returncode == 0, f"{page}: {done.stderr}"


def test_every_page_shows_something_to_run(pages: ModuleType) -> None:
    for page in PAGES:
        assert any(block.language in RUNNABLE for block in pages.blocks(page)), page


def test_make_targets_exist(pages: ModuleType) -> None:
    makefile = (pages.ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        line.split()[1] for page in PAGES for line in pages.commands(page, "make") if len(line.split()) > 1
    }
    assert {"demo", "test", "bench", "acceptance", "schema", "lint"} <= named
    for target in named:
        assert re.search(rf"^{re.escape(target)}:", makefile, flags=re.MULTILINE), f"make {target}"


def test_what_the_demo_tells_to_type_works(folder: Path, shell: Shell) -> None:
    printed = (folder / "demo.out").read_text(encoding="utf-8")
    shown = [
        line.strip()
        for line in printed.split("Where to look next")[1].splitlines()
        if line.startswith("    ")
    ]
    assert {shlex.split(line)[0] for line in shown} == {"nightjar", "ls"}
    for line in shown:
        if not line.startswith("nightjar up"):  # it goes on until it is stopped; tests/system starts it
            done = shell(folder, line)
            assert done.returncode == 0, f"{line}: {done.stderr}"


def test_python_can_follow_the_pointer_elsewhere(folder: Path, shell: Shell) -> None:
    """As the docs say: reading imports neither Prefect nor MLflow nor torch nor DuckDB."""
    script = (
        "import sys; from warehouse import Snapshot; "
        "Snapshot.open('home/snapshots', 'flit_text').frame(); "
        "print(sorted({'prefect', 'mlflow', 'torch', 'duckdb'} & set(sys.modules)))"
    )
    assert shell(folder, f"python -c {shlex.quote(script)}").stdout == "[]\n"


def test_everything_that_a_home_holds_is_in_the_table(folder: Path, pages: ModuleType, shell: Shell) -> None:
    named = [
        span
        for row in pages.table_after("README.md", "| path under HOME")
        for span in re.findall(r"`([^`]+)`", row[0])
    ]
    home = folder / "home"
    shell(folder, "nightjar drift bird_interests --canaries || true")  # 1 where the gate misses one
    shell(folder, "nightjar rollback flit_text --reason 'a decision to be found'")
    shell(folder, "nightjar calibrate logs --method pmi_svd --on test")
    for name in named:
        assert list(home.glob(re.sub(r"<\w+>", "*", name))), f"{name} is in the README and not in a home"
    top = {name.split("/")[0] for name in named}
    assert {path.name for path in home.iterdir()} <= top
