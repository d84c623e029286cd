"""The end of M1: what the browser brings back, which anybody can forge, against the account that waits for it."""

from collections.abc import Mapping

from pydantic import ValidationError

from providers.api import Account, Grant, NotAuthorized, Rejected
from providers.medixcel.mapping import SERVICES
from providers.medixcel.wire import ConnectionCallback


def grant_from_callback(account: Account, parameters: Mapping[str, str]) -> Grant:
    """What was granted to `account`. NotAuthorized for a refusal, Rejected for what is another's or incomplete."""
    callback = _callback(account, parameters)
    if callback.status != "success":
        raise NotAuthorized("The provider declined to connect the account.", provider=account.provider)
    if None in {callback.user_id, callback.connection_type, callback.account_id, callback.expires_on}:
        raise _garbled(account)
    return Grant(external_id=callback.account_id, service=account.service, expires_at=callback.expires_on)


def _callback(account: Account, parameters: Mapping[str, str]) -> ConnectionCallback:
    """What is told, as far as it is, is of this user and service."""
    try:
        callback = ConnectionCallback.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError:
        raise _garbled(account) from None
    service = SERVICES[callback.connection_type] if callback.connection_type else None
    if callback.user_id not in {None, account.user_id} or service not in {None, account.service}:
        raise Rejected("The provider connected another user or service.", provider=account.provider)
    return callback


def _garbled(account: Account) -> Rejected:
    return Rejected("What the provider sent back is incomplete.", provider=account.provider)
