"""What all parts of the provider work with."""

from uuid import uuid4

from providers.api import Account, Core, NotAuthorized, NotFound
from providers.local.database import Database, Row, Transaction, Value
from providers.local.jitsi import Jitsi
from providers.local.settings import LocalSettings

_ACCOUNT = "SELECT * FROM account WHERE account_key = ? AND connected"


def new_id() -> str:
    """An id that is never given twice, also where the file is begun anew."""
    return str(uuid4())


class Part:
    def __init__(self, settings: LocalSettings, core: Core) -> None:
        self._core = core
        self._jitsi = Jitsi(settings)
        self._database = Database(settings.path, core.name)

    async def _account_rows(self, account: Account, statement: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """The rows of a read whose first parameter is the account's key; NotAuthorized where it is not connected."""
        rows = await self._database.rows(statement, (account.key, *values))
        if not rows and not await self._database.rows(_ACCOUNT, (account.key,)):
            raise self._not_connected()
        return rows

    async def _account_row(self, transaction: Transaction, account_key: str | None) -> Row:
        row = await transaction.row(_ACCOUNT, (account_key,))
        if row is None:
            raise self._not_connected()
        return row

    def _not_connected(self) -> NotAuthorized:
        return NotAuthorized("The account is not connected here. Connect it again.", provider=self._core.name)

    def _not_found(self, noun: str) -> NotFound:
        return NotFound(f"There is no such {noun}.", provider=self._core.name)
