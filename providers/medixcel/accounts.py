"""Accounts: connected on the provider's consent page (M1), renewed by use, disconnected (M4)."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from providers.api import (
    Account,
    Conflict,
    ConnectionRequest,
    Core,
    Grant,
    InvalidInput,
    NotAuthorized,
    NotFound,
    Rejected,
)
from providers.medixcel.client import MedixcelClient
from providers.medixcel.ist import six_months_after
from providers.medixcel.mapping import CONNECTION_TYPES, SERVICES
from providers.medixcel.wire import ConnectionCallback


class Accounts:
    """Connect and disconnect the accounts of the operator's users."""

    def __init__(self, client: MedixcelClient, core: Core) -> None:
        self._client = client
        self._core = core

    def connection_request_error(self, request: ConnectionRequest) -> str | None:
        if request.service not in CONNECTION_TYPES:
            return f"Name the service to connect: {' or '.join(service.value for service in CONNECTION_TYPES)}."
        if request.id_token or request.refresh_token:
            return "This provider takes no tokens: the user consents on the provider's page."
        return None

    def authorization_page(self, account: Account) -> str:
        """Return the URL of M1. It holds the client key, because M1 takes it from the browser."""
        if account.service is None:
            raise InvalidInput("The account has no service of this provider.", provider=self._core.name)
        return self._client.consent_page(account.user_id, CONNECTION_TYPES[account.service])

    def renewed_expiry(self, account: Account, now: datetime) -> datetime:
        """Return the expiry of an account that has just scheduled a meeting: six months from `now`.

        The document states the rule; no call returns the new expiry.
        """
        return six_months_after(now)

    async def disconnect_account(self, account: Account) -> None:
        """Succeed, too, if the account is disconnected already or was never connected."""
        if account.external_id is None:
            return
        try:
            await self._client.disconnect_account(account.external_id)
        except (NotFound, Conflict):
            return


def grant_from_callback(account: Account, parameters: Mapping[str, str]) -> Grant:
    """Return the grant in the query of M1's callback, which anyone can forge.

    Raise NotAuthorized if the user or the provider declined; Rejected if the callback belongs to another user or
    service, or is incomplete.
    """
    callback = _callback(account, parameters)
    if callback.status != "success":
        raise NotAuthorized("The provider declined to connect the account.", provider=account.provider)
    if None in {callback.user_id, callback.connection_type, callback.account_id, callback.expires_on}:
        raise _incomplete(account)
    return Grant(external_id=callback.account_id, service=account.service, expires_at=callback.expires_on)


def _callback(account: Account, parameters: Mapping[str, str]) -> ConnectionCallback:
    """Parse the callback. A refusal may lack everything but its status; what it has must fit the account."""
    try:
        callback = ConnectionCallback.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError:
        raise _incomplete(account) from None
    service = SERVICES[callback.connection_type] if callback.connection_type else None
    if callback.user_id not in {None, account.user_id} or service not in {None, account.service}:
        raise Rejected("The provider connected another user or service.", provider=account.provider)
    return callback


def _incomplete(account: Account) -> Rejected:
    return Rejected("The provider's callback is incomplete.", provider=account.provider)
