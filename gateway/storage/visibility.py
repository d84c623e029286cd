"""Visibility: which rows a viewer may see. Every read of an entity applies it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, select, true

from gateway.storage.tables import accounts


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
        """Return the predicate for the visible rows of `table`, which has a column `user_id` or `account_key`."""
        if self.user_id is None:
            return true()
        if "user_id" in table.c:
            return table.c.user_id == self.user_id
        return table.c.account_key.in_(select(accounts.c.key).where(accounts.c.user_id == self.user_id))

    def sees(self, user_id: str) -> bool:
        """Return whether rows of a user are visible."""
        return self.user_id in {None, user_id}
