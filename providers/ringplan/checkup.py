"""Health check for the operator: the two hosts and the tokens of the connected accounts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from socket import gaierror
from urllib.parse import urlsplit

from providers.api import Account, Answer, NotAuthorized, ProviderError, Unavailable
from providers.ringplan.client import Client
from providers.ringplan.session import Session
from providers.ringplan.settings import RingPlanSettings


class Checkup:
    """Find faults of the hosts and accounts, and describe them for the operator."""

    def __init__(self, settings: RingPlanSettings, client: Client, session: Session) -> None:
        self._settings = settings
        self._client = client
        self._session = session

    async def faults(self, accounts: Sequence[Account]) -> list[str]:
        """Return the faults of the hosts and, if the API host has none, of the accounts."""
        api, login = await asyncio.gather(
            _host_fault("api_url", self._settings.api_url, self._client.numbers_unauthorized),
            _host_fault("login_url", self._settings.login_url, self._client.show_token),
        )
        faults = [fault for fault in (api, login) if fault]
        if api is None:
            faults += [fault for account in accounts if (fault := await self._account_fault(account))]
        return faults

    async def _account_fault(self, account: Account) -> str | None:
        subject = f"Account {account.key} of user {account.user_id}"
        try:
            await self._session.call(account, self._client.numbers)
        except NotAuthorized:
            return f"{subject}: its tokens have expired or were revoked. The user has to connect it again."
        except ProviderError as error:
            return f"{subject}: {error.message}"
        return None


async def _host_fault(setting: str, url: str, probe: Callable[[], Awaitable[Answer]]) -> str | None:
    """Return the fault of a setting's host by its response to a call without a token; None if it has none."""
    try:
        answer = await probe()
    except Unavailable as error:
        if await _is_unknown(url):
            return f"{setting}: the host {urlsplit(url).hostname} is unknown. Is the address right?"
        return f"{setting}: {url} is down, or nothing listens there. {error.message}"
    if answer.status >= 500:
        return f"{setting}: {url} is down: it returns status {answer.status}."
    if answer.status in {404, 405} or not _is_ringplan(answer):
        return f"{setting}: {url} is the wrong host: it responds ({answer.status}), but not as RingPlan does."
    return None


async def _is_unknown(url: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(urlsplit(url).hostname, None)
    except (gaierror, UnicodeError):
        return True
    return False


def _is_ringplan(answer: Answer) -> bool:
    """Whether the host refuses a call without a token, redirects to a login page, or returns data."""
    if answer.status == 200:
        return "json" in answer.headers.get("content-type", "") or b"login" in answer.body.lower()
    return 300 <= answer.status < 500
