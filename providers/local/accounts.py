"""Accounts: connected without a round trip to anywhere, each with one telephone number that never changes."""

from itertools import product
from uuid import uuid4

from providers.api import Account, ConnectionRequest, Grant, MeetingService, PhoneNumber, Rejected
from providers.local.database import Database, Row, Transaction, Value
from providers.local.errors import invalid, not_connected
from providers.local.mapping import number_from_row

# fmt: off
AREA_CODES = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225, 227,
    228, 229, 231, 234, 235, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 274, 276, 279,
    281, 283, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323,
    324, 325, 326, 327, 329, 330, 331, 332, 334, 336, 337, 339, 341, 346, 347, 350, 351, 352, 353, 360, 361, 363,
    364, 369, 380, 385, 386, 401, 402, 404, 405, 406, 407, 408,
)
# fmt: on

NUMBERS = tuple(f"+1{area}55501{line:02}" for area, line in product(AREA_CODES, range(100)))
"""The numbers of accounts, in the order of assignment: 555-01XX, which the North American plan reserves for fiction.

The n-th account has the n-th number, in files that exist already: append area codes only.
"""

_ACCOUNT = "SELECT * FROM account WHERE account_key = ? AND connected"
_CONNECT = """
    INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?, ?, ?, ?, 1)
    ON CONFLICT (account_key) DO UPDATE SET connected = 1, user_id = excluded.user_id
    RETURNING id
"""
_DISCONNECT = "UPDATE account SET connected = 0 WHERE account_key = ?"
_NUMBER = "SELECT account_key, number FROM account WHERE account_key = ? AND connected"


def new_id() -> str:
    """Return an external id. It is random: it stays unique even if an operator deletes the file and starts over."""
    return str(uuid4())


class Accounts:
    """Connect and disconnect accounts, and read rows on behalf of connected ones."""

    def __init__(self, database: Database, provider: str) -> None:
        self._database = database
        self._provider = provider

    async def connect_account(self, account: Account, request: ConnectionRequest) -> Grant:
        """Connect the account. A known one gets its number and everything below it back."""
        self._validate(request)
        async with self._database.writing() as transaction:
            number = await self._number_for(transaction, account.key)
            [[external_id]] = await transaction.rows(_CONNECT, (new_id(), account.key, account.user_id, number))
        return Grant(external_id=external_id, service=MeetingService.JITSI)

    async def disconnect_account(self, account: Account) -> None:
        async with self._database.writing() as transaction:
            await transaction.rows(_DISCONNECT, (account.key,))

    async def list_numbers(self, account: Account) -> list[PhoneNumber]:
        return [number_from_row(row) for row in await self.rows(account, _NUMBER)]

    async def rows(self, account: Account, statement: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """Return the rows of a read whose first parameter is the account's key.

        Raise NotAuthorized if the account is not connected.
        """
        rows = await self._database.rows(statement, (account.key, *values))
        # All statements join the connected account, so only an empty result needs the second read.
        if not rows and not await self._database.rows(_ACCOUNT, (account.key,)):
            raise not_connected(self._provider)
        return rows

    async def row(self, transaction: Transaction, account_key: str | None) -> Row:
        """Return the account's own row. Raise NotAuthorized if the account is not connected."""
        row = await transaction.row(_ACCOUNT, (account_key,))
        if row is None:
            raise not_connected(self._provider)
        return row

    async def _number_for(self, transaction: Transaction, account_key: str) -> str:
        known = await transaction.row("SELECT number FROM account WHERE account_key = ?", (account_key,))
        if known is not None:
            return str(known["number"])
        # Rows of accounts are never deleted, so their count is the place of the next number.
        assigned: int = (await transaction.rows("SELECT count(*) FROM account"))[0][0]
        if assigned >= len(NUMBERS):
            raise Rejected(f"All {len(NUMBERS)} telephone numbers are assigned.", provider=self._provider)
        return NUMBERS[assigned]

    def _validate(self, request: ConnectionRequest) -> None:
        if request.service not in {None, MeetingService.JITSI}:
            raise invalid("This provider offers Jitsi meetings only.", "service", self._provider)
        if request.id_token is not None:
            raise invalid("This provider takes no tokens.", "idToken", self._provider)
        if request.refresh_token is not None:
            raise invalid("This provider takes no tokens.", "refreshToken", self._provider)
