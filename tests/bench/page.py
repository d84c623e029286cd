"""The tables of docs/performance.md: `python -m tests.bench.page EARLIER.json NOW.json`.

The files are reports of `make bench ARGS=--json`.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from tests.bench.figures import Bound, limit_text, number_text

Json = Mapping[str, Any]


def page(earlier: Json, now: Json) -> str:
    """Return a table for each group of `now`, with the figures of the same names in `earlier` beside them."""
    before = {group["title"]: {each["name"]: each for each in group["figures"]} for group in earlier["groups"]}
    return "\n\n".join("\n".join(_table(group, before.get(group["title"], {}))) for group in now["groups"])


def _table(group: Json, before: Mapping[str, Json]) -> Iterator[str]:
    yield f"| {group['title']} | unit | required | aim | before | now: product | {group['floor']} | ratio |"
    yield "| --- | --- | --: | --: | --: | --: | --: | --: |"
    for figure in group["figures"]:
        bound = Bound(**figure["bound"])
        cells = (
            figure["name"],
            figure["unit"],
            limit_text(bound, bound.required),
            limit_text(bound, bound.aim),
            _earlier(before.get(figure["name"])),
            *(number_text(figure[name]) for name in ("product", "floor", "ratio")),
        )
        yield f"| {' | '.join(cells)} |"


def _earlier(figure: Json | None) -> str:
    """Return the earlier figure, and its ratio if it has one."""
    if figure is None:
        return ""
    ratio = "" if figure["ratio"] is None else f" ({number_text(figure['ratio'])} x)"
    return number_text(figure["product"]) + ratio


if __name__ == "__main__":
    earlier, now = (orjson.loads(Path(name).read_bytes()) for name in sys.argv[1:])
    print("; ".join(f"{name} {value}" for name, value in now["machine"].items()))
    print(f"\n{page(earlier, now)}")
