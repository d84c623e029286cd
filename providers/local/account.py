"""Accounts: each is connected at once and has one telephone number, for ever."""

from collections.abc import Sequence

from providers.api import (
    Account,
    ConnectionRequest,
    Grant,
    InvalidInput,
    MeetingService,
    PhoneNumber,
    Rejected,
    Unavailable,
)
from providers.local.database import Transaction
from providers.local.mapping import number_from_row
from providers.local.number import NUMBERS
from providers.local.part import Part, new_id

_CONNECT = """
    INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?, ?, ?, ?, 1)
    ON CONFLICT (account_key) DO UPDATE SET connected = 1, user_id = excluded.user_id
    RETURNING id
"""
_NUMBER = "SELECT account_key, number FROM account WHERE account_key = ? AND connected"


class Accounts(Part):
    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant:
        """An account that was connected here before gets back what it had."""
        self._refuse_what_is_not_needed(request)
        async with self._database.writing() as transaction:
            number = await self._number_for(transaction, account.key)
            values = (new_id(), account.key, account.user_id, number)
            [[external_id]] = await transaction.rows(_CONNECT, values)
        return Grant(external_id=external_id, service=MeetingService.JITSI)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        async with self._database.writing() as transaction:
            await transaction.rows("UPDATE account SET connected = 0 WHERE account_key = ?", (account.key,))

    async def list_numbers(self, account: Account) -> list[PhoneNumber]:
        return [number_from_row(row) for row in await self._account_rows(account, _NUMBER)]

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        """Take the file's write lock, and change nothing. A file that may not be created yet needs its folder only."""
        try:
            if not self._core.may_create and not self._database.exists:
                self._database.check_folder()
                return []
            async with self._database.writing():
                return []
        except Unavailable as error:
            return [error.message]

    async def _number_for(self, transaction: Transaction, account_key: str) -> str:
        known = await transaction.row("SELECT number FROM account WHERE account_key = ?", (account_key,))
        if known is not None:
            return str(known["number"])
        given: int = (await transaction.rows("SELECT count(*) FROM account"))[0][0]
        if given >= len(NUMBERS):
            raise Rejected(f"All {len(NUMBERS)} telephone numbers have been given.", provider=self._core.name)
        return NUMBERS[given]

    def _refuse_what_is_not_needed(self, request: ConnectionRequest) -> None:
        if request.service not in {None, MeetingService.JITSI}:
            raise self._invalid("This provider's meetings are on Jitsi.", "service")
        if request.id_token is not None:
            raise self._invalid("This provider takes no tokens.", "idToken")
        if request.refresh_token is not None:
            raise self._invalid("This provider takes no tokens.", "refreshToken")

    def _invalid(self, message: str, field: str) -> InvalidInput:
        return InvalidInput(message, provider=self._core.name, path=("input", field))
