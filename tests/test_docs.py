"""The pages of docs/ name what there is: files, links, recipes, metrics and log events."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testkit.forked import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
RECIPE = re.compile(r"`(tests/[\w/]+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)
PROBLEMS = {"warning", "error", "exception"}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def problems() -> Iterator[str]:
    """The events that the product logs as warnings or errors under a name of its own."""
    for folder in ("gateway", "providers/http"):
        for path in Path(ROOT, folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PROBLEMS:
                    yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def services() -> Iterator[str]:
    """The events that background services log when a round fails: the name of each and "_failed"."""
    for path in Path(ROOT, "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and "BackgroundService" in [ast.unparse(base) for base in node.bases]:
                yield from (f"{name}_failed" for name in re.findall(r"super\(\).__init__\('(\w+)'", ast.unparse(node)))


def literals() -> set[object]:
    """Every constant of the gateway and the HTTP client."""
    trees = (
        ast.parse(path.read_text())
        for folder in ("gateway", "providers/http")
        for path in Path(ROOT, folder).rglob("*.py")
    )
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def documented_events() -> set[str]:
    section = OPERATIONS.partition("| event |")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {event for cell in first_cells for event in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_links_to_pages_that_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_files_and_folders_that_exist(page: Path) -> None:
    named = re.findall(r"`((?:gateway|resolvers|providers|tests|docs|\.ci)/[\w./-]*)`", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_recipes_are_tests_of_the_suite() -> None:
    recipes = RECIPE.findall((ROOT / "docs" / "testing.md").read_text())
    assert len(recipes) == 3
    assert [path for path, code in recipes if code not in (ROOT / path).read_text()] == []


def test_the_metrics_are_those_of_the_code() -> None:
    code = (ROOT / "gateway" / "observability" / "metrics.py").read_text()
    documented = re.findall(r"^\| `(switchboard_\w+)`", OPERATIONS, re.MULTILINE)
    assert sorted(documented) == sorted(set(re.findall(r'"(switchboard_\w+)"', code)))


def test_every_documented_log_event_is_logged() -> None:
    known = literals()
    # A background service logs its name and "_failed".
    unknown = {event for event in documented_events() if not {event, event.removesuffix("_failed")} & known}
    assert unknown == set()


def test_every_logged_problem_is_documented() -> None:
    assert set(problems()) - documented_events() == set()


def test_every_failure_of_a_background_service_is_documented() -> None:
    failures = set(services())
    assert "feed_read_failed" in failures
    assert failures - documented_events() == set()
