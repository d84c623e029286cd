"""The tables of docs/performance.md: `python -m tests.bench.page NOW.json EARLIER.json`.

The files are reports of `make bench ARGS=--json`. The earlier one may be left out.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from tests.bench.figures import Bound, limit_text, number_text

Json = Mapping[str, Any]


def page(now: Json, earlier: Json | None) -> str:
    """Return a table for each group of `now`, with the figures of the same names in `earlier` beside them."""
    before = None if earlier is None else {(group["title"], each["name"]): each for group, each in _figures(earlier)}
    return "\n\n".join("\n".join(_table(group, before)) for group in now["groups"])


def _figures(report: Json) -> Iterator[tuple[Json, Json]]:
    return ((group, each) for group in report["groups"] for each in group["figures"])


def _table(group: Json, before: Mapping[tuple[str, str], Json] | None) -> Iterator[str]:
    heads = [] if before is None else ["before"]
    yield _row([group["title"], "unit", "required", "aim", *heads, "product", group["floor"], "ratio"])
    yield _row(["---", "---", *["--:"] * (5 + len(heads))])
    for figure in group["figures"]:
        bound = Bound(**figure["bound"])
        limits = (limit_text(bound, bound.required), limit_text(bound, bound.aim))
        earlier = [] if before is None else [_earlier(before.get((group["title"], figure["name"])))]
        numbers = (number_text(figure[name]) for name in ("product", "floor", "ratio"))
        yield _row([figure["name"], figure["unit"], *limits, *earlier, *numbers])


def _earlier(figure: Json | None) -> str:
    """Return the earlier figure, and its ratio if it has one."""
    if figure is None:
        return ""
    ratio = "" if figure["ratio"] is None else f" ({number_text(figure['ratio'])} x)"
    return number_text(figure["product"]) + ratio


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    reports = [orjson.loads(Path(name).read_bytes()) for name in sys.argv[1:]]
    print("; ".join(f"{name} {value}" for name, value in reports[0]["machine"].items()))
    print(f"\n{page(reports[0], reports[1] if len(reports) > 1 else None)}")
