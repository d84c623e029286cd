"""Description of tables: names for the SQL that is written by hand, and all that migrations compare.

SQLAlchemy has the same, and takes longer to import than a gateway to start: `migrations/metadata` makes its tables of
these, for migrations alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """Type of a column's values. A database has its own name for each."""

    TEXT = "text"
    INTEGER = "integer"
    BIG_INTEGER = "big integer"
    ROW_NUMBER = "row number"
    """Integers that SQLite assigns, and a sequence on PostgreSQL; never the same twice."""
    BOOLEAN = "boolean"
    BYTES = "bytes"


@dataclass(slots=True, eq=False)
class Column:
    """A column. `str` gives its name with its table's, as SQL has it. `references` is a column of another table."""

    name: str
    kind: Kind
    is_key: bool = False
    is_nullable: bool = False
    is_unique: bool = False
    references: str | None = None
    default: str | None = None
    table: "Table" = field(init=False, repr=False)

    def __str__(self) -> str:
        return f"{self.table.name}.{self.name}"


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns: of the rows within `where`, if it has that."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool = False
    where: str | None = None


class ColumnsByName:
    """The columns of a table, as attributes and by their names."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._columns = {column.name: column for column in columns}

    def __getattr__(self, name: str) -> Column:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(f"no column {name}") from None

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns.values())


class Table:
    """A table with its columns `c`."""

    def __init__(self, name: str, *parts: Column | Index) -> None:
        self.name = name
        self.c = ColumnsByName(part for part in parts if isinstance(part, Column))
        self.indexes = [part for part in parts if isinstance(part, Index)]
        for column in self.c:
            column.table = self

    @property
    def primary_key(self) -> tuple[Column, ...]:
        return tuple(column for column in self.c if column.is_key)
