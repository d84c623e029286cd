"""Figures, and the table that they are printed in."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The value that a figure must have, and the aim: upper bounds, or lower ones if it is `at_least`."""

    required: float | None = None
    aim: float | None = None
    at_least: bool = False

    def holds(self, value: float) -> bool | None:
        """Return whether the requirement holds; None without one."""
        if self.required is None:
            return None
        return value >= self.required if self.at_least else value <= self.required


NO_BOUND = Bound()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measurement of the product, next to that of its `floor` if it has one.

    `bound` is for the ratio of the two, and for the measurement itself if there is no floor or if it `is_absolute`.
    """

    name: str
    unit: str
    product: float
    floor: float | None = None
    bound: Bound = NO_BOUND
    is_absolute: bool = False

    @property
    def ratio(self) -> float | None:
        return self.product / self.floor if self.floor else None

    @property
    def holds(self) -> bool | None:
        value = self.product if self.ratio is None or self.is_absolute else self.ratio
        return self.bound.holds(value)

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "ratio": self.ratio, "holds": self.holds}


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that are measured together. `floor` heads the column of what they are compared with."""

    title: str
    floor: str
    figures: Sequence[Figure]

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "floor": self.floor, "figures": [each.to_json() for each in self.figures]}

    def table(self) -> str:
        """Return the group as a Markdown table, whose columns are aligned."""
        head = (self.title, "unit", "product", self.floor, "ratio", "required", "aim", "holds")
        rows = [head, *map(_cells, self.figures)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rule = ["-" * width if place < 2 else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
        return "\n".join(_line(row, widths) for row in (head, rule, *rows[1:]))


def _cells(figure: Figure) -> tuple[str, ...]:
    bound = figure.bound
    return (
        figure.name,
        figure.unit,
        number_text(figure.product),
        number_text(figure.floor),
        number_text(figure.ratio),
        limit_text(bound, bound.required),
        limit_text(bound, bound.aim),
        {True: "yes", False: "no", None: ""}[figure.holds],
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(_padded(cells, widths))} |"


def _padded(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        yield cell.ljust(width) if place < 2 else cell.rjust(width)


def limit_text(bound: Bound, value: float | None) -> str:
    """Return a limit with its direction; an empty text for a figure without a limit."""
    if value is None:
        return ""
    return f"{'≥' if bound.at_least else '≤'} {value:g}"


def number_text(value: float | None) -> str:
    """Return three significant digits; an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return f"{value:.{max(0, 3 - len(str(int(abs(value)))) + (abs(value) < 1))}f}"
