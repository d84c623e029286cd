"""HTTP client of Example: one method per call. Every failure is a ProviderError."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from providers.api import Answer, HostClock, HttpClient
from providers.testing.example import wire
from providers.testing.example.errors import error_of, failure

T = TypeVar("T")

PER_PAGE = 100


class Client:
    """`user` is the upstream's id of the user whose account is used."""

    def __init__(
        self, http: HttpClient, *, provider: str, api_url: str, api_key: str, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._provider = provider
        self._api_url = api_url
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._now = now

    @property
    def clock(self) -> HostClock:
        """The upstream's clock, for comparing its times with ours."""
        return self._http.clock(self._api_url)

    async def status(self) -> None:
        """GET /status: succeeds if the API is up and accepts the key."""
        await self._call("GET", "/status")

    async def numbers(self, user: str) -> list[wire.Number]:
        """GET /users/{user}/numbers."""
        return self._read(wire.NUMBERS, await self._call("GET", f"{_path(user)}/numbers"))

    async def contacts(self, user: str, page: int) -> list[wire.Contact]:
        """GET /users/{user}/contacts: at most PER_PAGE; `page` from 1."""
        answer = await self._call("GET", f"{_path(user)}/contacts?page={page}&per_page={PER_PAGE}")
        return self._read(wire.CONTACTS, answer)

    async def create_contact(self, user: str, contact: Mapping[str, object]) -> tuple[wire.Contact, bool]:
        """POST /users/{user}/contacts: the contact, and whether it is new."""
        answer = await self._call("POST", f"{_path(user)}/contacts", write=True, json=contact)
        return self._read(wire.CONTACT, answer, write=True), answer.status == HTTPStatus.CREATED

    async def _call(
        self, method: str, path: str, *, write: bool = False, json: Mapping[str, object] | None = None
    ) -> Answer:
        answer = await self._http.call(method, self._api_url + path, write=write, headers=self._headers, json=json)
        if not 200 <= answer.status < 300:
            raise error_of(answer, provider=self._provider, write=write, now=self._now())
        return answer

    def _read(self, payload: TypeAdapter[T], answer: Answer, *, write: bool = False) -> T:
        try:
            return payload.validate_python(answer.json())
        except ValueError:
            # `from None`: the cause would repeat the response.
            message = "Example sent an unreadable response."
            raise failure(message, provider=self._provider, write=write) from None


def _path(user: str) -> str:
    return f"/users/{quote(user, safe='')}"
