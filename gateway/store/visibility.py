"""The one rule of who sees what: every read of an entity applies it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, select, true

from gateway.store.tables import accounts


@dataclass(frozen=True, slots=True)
class Visibility:
    """What `user_id` may see: what carries it, and what lies under the accounts that do. None sees everything."""

    user_id: str | None

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


EVERYBODY = Visibility(None)
