"""Visibility: which rows a viewer may see. Every read of an entity applies it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, true

from gateway.storage.prepared import Condition
from providers.domain.text import is_storable


@dataclass(frozen=True, slots=True)
class Visibility:
    """The rows of a user, and those under its accounts.

    Create it by `of` or `unrestricted`. If `user_id` is None, every row is visible.
    """

    user_id: str | None

    @classmethod
    def of(cls, user_id: str) -> "Visibility":
        return cls(user_id)

    @classmethod
    def unrestricted(cls) -> "Visibility":
        """Return the visibility of every row: for administrators, and for background services."""
        return cls(None)

    def visible(self, table: Table) -> ColumnElement[bool]:
        """Return the predicate for the visible rows of `table`, which has a column `user_id`."""
        if self.user_id is None:
            return true()
        visible: ColumnElement[bool] = table.c.user_id == self.user_id
        return visible

    def condition(self, table: Table) -> Condition | None:
        """Return the same for a prepared read of a table that has a column `user_id`; None if every row is visible.

        Raise ValueError for a user that no row can have.
        """
        return self._condition(f"{table.name}.user_id = :viewer")

    def check(self, table: Table) -> Condition | None:
        """Return `condition` for rows that are found by another index than that of a user's rows."""
        # No index has the expression: with the column itself, a user's whole list may be searched for a parent's rows.
        return self._condition(f"{table.name}.user_id || '' = :viewer")

    def _condition(self, sql: str) -> Condition | None:
        if self.user_id is None:
            return None
        if not is_storable(self.user_id):
            raise ValueError("the user's id holds a NUL or a lone surrogate")
        return Condition(sql, {"viewer": self.user_id})

    def sees(self, user_id: str) -> bool:
        """Return whether rows of a user are visible."""
        return self.user_id in {None, user_id}
