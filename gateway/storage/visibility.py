"""The one rule of who sees what: every read of an entity applies it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, select, true

from gateway.storage.tables import accounts


@dataclass(frozen=True, slots=True)
class Visibility:
    """Rows that a viewer may see: those of `user_id`, and those that lie under its accounts.

    Made by `of` or `unrestricted`; with `user_id` None every row is visible.
    """

    user_id: str | None

    @classmethod
    def of(cls, user_id: str) -> "Visibility":
        return cls(user_id)

    @classmethod
    def unrestricted(cls) -> "Visibility":
        """Every row of every user: for administrators, and for work that the gateway does by itself."""
        return cls(None)

    def visible(self, table: Table) -> ColumnElement[bool]:
        """The predicate for the rows of `table`, which have a user of their own or lie under an account."""
        if self.user_id is None:
            return true()
        if "user_id" in table.c:
            return table.c.user_id == self.user_id
        return table.c.account_key.in_(select(accounts.c.key).where(accounts.c.user_id == self.user_id))

    def sees(self, user_id: str) -> bool:
        """Whether what is this user's may be seen."""
        return self.user_id in {None, user_id}
