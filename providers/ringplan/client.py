"""RingPlan's calls, one method per call (R1 to R18). `token` is the caller's id_token, sent raw, without "Bearer".

Every failure is a ProviderError. After TokenRefused, a retry with a refreshed token may succeed.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from providers.api import (
    Answer,
    Core,
    HostClock,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.ringplan import wire
from providers.ringplan.errors import error_of, problem_of, unreadable
from providers.ringplan.settings import RingPlanSettings

T = TypeVar("T")
Json = Mapping[str, object]

PAGE_SIZE = 20
"""The documented page size of R11, R15 and R16."""

_MAX_SIZES = 10_000
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_FIELDS = ("pwd", "password")
_LOGIN_FAILED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True)  # without slots, for the cached property
class Body(Generic[T]):
    """The response to a successful read."""

    answer: Answer
    payload: TypeAdapter[T]
    provider: str

    @property
    def digest(self) -> str:
        return self.answer.digest

    @cached_property
    def value(self) -> T:
        """The payload, validated when it is first used. Raise Unavailable if it is not what the call returns."""
        return _read(self.payload, self.answer, provider=self.provider, write=False)


class Client:
    """Calls of RingPlan's two hosts. No error repeats the operator's key or a secret of the call."""

    def __init__(self, settings: RingPlanSettings, core: Core) -> None:
        self._http = core.http
        self._provider = core.name
        self._now = core.now
        self._api_url = settings.api_url
        self._login_url = settings.login_url
        self._register_key = settings.register_key
        self._update_method = "PUT"

    @property
    def clock(self) -> HostClock:
        """The clock of RingPlan's API host."""
        return self._http.clock(self._api_url)

    async def register(self, user: Json) -> None:
        """Make R1. Any 2xx is a success."""
        url = f"{self._login_url}/api/user/register"
        answer = await self._http.call("POST", url, write=True, json=user, expects_json=False)
        if not _succeeded(answer):
            raise self._registration_refused(answer, user)

    async def show_token(self) -> Answer:
        """Make R2 without a browser's session: the response shows whether the login host is up."""
        return await self._http.call("GET", f"{self._login_url}/show-token", expects_json=False)

    async def refresh(self, refresh_token: str) -> wire.TokenPair:
        """Make R3, which spends `refresh_token`.

        Raise NotAuthorized if it is refused, RateLimited or Unavailable if the login host did nothing, and
        OutcomeUnknown if the token may be spent.
        """
        query = {"refresh_token": refresh_token}
        answer = await self._http.call("GET", f"{self._login_url}/refresh-token", write=True, params=query)
        if _succeeded(answer):
            return self._read(wire.TOKEN_PAIR, answer, write=True)
        if answer.status in _LOGIN_FAILED:
            raise Unavailable("RingPlan's login is temporarily unavailable.", provider=self._provider)
        error = self._refusal(answer, (refresh_token,), write=True)
        if isinstance(error, RateLimited | OutcomeUnknown):
            raise error
        if isinstance(error, NotFound):
            raise OutcomeUnknown("RingPlan's login host does not know the call.", provider=self._provider)
        raise NotAuthorized("RingPlan does not refresh the tokens. Connect again.", provider=self._provider)

    async def numbers(self, token: str) -> Body[list[wire.Number]]:
        """Make R4."""
        return await self._body(wire.NUMBERS, "/texting/numbers", token)

    async def numbers_unauthorized(self) -> Answer:
        """Make R4 without a token: the refusal shows whether the API host is up."""
        return await self._http.call("GET", f"{self._api_url}/texting/numbers", expects_json=False)

    async def contacts(self, token: str) -> Body[list[wire.Contact]]:
        """Make R5."""
        return await self._body(wire.CONTACTS, "/texting/contacts", token)

    async def create_contact(self, token: str, contact: Json) -> tuple[wire.Contact, bool]:
        """Make R6; return the contact and whether it is new."""
        answer = await self._write("POST", "/texting/contacts", token, contact)
        return self._read(wire.CONTACT, answer, write=True), answer.status == HTTPStatus.CREATED

    async def contact(self, token: str, contact_id: str) -> wire.Contact:
        """Make R7."""
        return await self._get(wire.CONTACT, f"/texting/contacts/{self._checked(contact_id)}", token)

    async def update_contact(self, token: str, contact_id: str, contact: Json) -> wire.Contact:
        """Make R8."""
        # The document does not name the method. A 405 means the other one, which is remembered.
        path = f"/texting/contacts/{self._checked(contact_id)}"
        answer = await self._send(self._update_method, path, token, contact)
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            other = "PATCH" if self._update_method == "PUT" else "PUT"
            answer = await self._send(other, path, token, contact)
            if answer.status != HTTPStatus.METHOD_NOT_ALLOWED:
                self._update_method = other
        return self._read(wire.CONTACT, self._success(answer, token, contact), write=True)

    async def conversations(self, token: str) -> Body[list[wire.Conversation]]:
        """Make R9."""
        return await self._body(wire.CONVERSATIONS, "/texting/conversations", token)

    async def create_conversation(self, token: str, conversation: Json) -> tuple[wire.Conversation, bool]:
        """Make R10; return the conversation and whether it is new."""
        answer = await self._write("POST", "/texting/conversations", token, conversation)
        return self._read(wire.CONVERSATION, answer, write=True), answer.status == HTTPStatus.CREATED

    async def messages(self, token: str, conversation_id: str, page: int) -> Body[list[wire.Message]]:
        """Make R11; return a page, newest message first. `page` starts at 1."""
        path = f"/texting/conversations/{self._checked(conversation_id)}/messages"
        return await self._body(wire.MESSAGES, f"{path}?page={page}&per_page={PAGE_SIZE}", token)

    async def send_message(self, token: str, conversation_id: str, message: Json) -> wire.Message:
        """Make R12. `success` of the returned message shows whether it was sent."""
        path = f"/texting/conversations/{self._checked(conversation_id)}/messages"
        return self._read(wire.MESSAGE, await self._write("POST", path, token, message), write=True)

    async def create_history_event(self, token: str, event: Json) -> wire.Meeting:
        """Make R13, or R14 if the event has a password."""
        answer = await self._write("POST", "/meet/calendar/event/history", token, event)
        return self._read(wire.MEETING, answer, write=True)

    async def events(
        self, token: str, event_type: str, date_from: str, date_to: str, page: int
    ) -> Body[list[wire.Meeting]]:
        """Make R15 (`event_type` "history") or R16 ("scheduled"). `page` starts at 1."""
        query = {"event_type": event_type, "date_from": date_from, "date_to": date_to, "page": page}
        path = f"/meet/calendar/events?{urlencode(query)}&per_page={PAGE_SIZE}"
        return await self._body(wire.MEETINGS, path, token)

    async def create_scheduled_event(self, token: str, event: Json) -> wire.Meeting:
        """Make R17."""
        answer = await self._write("POST", "/meet/calendar/event/scheduled", token, event)
        return self._read(wire.MEETING, answer, write=True)

    async def calendar_authorization_url(self, token: str) -> str:
        """Make R18."""
        return (await self._get(wire.AUTHORIZATION_LINK, "/meet/app/calendar/get-auth-url", token)).auth_url

    async def _get(self, payload: TypeAdapter[T], path: str, token: str) -> T:
        return (await self._body(payload, path, token)).value

    async def _body(self, payload: TypeAdapter[T], path: str, token: str) -> Body[T]:
        answer = await self._http.call("GET", self._api_url + path, headers={"authorization": token})
        if not _succeeded(answer):
            raise self._refusal(answer, (token,), write=False)
        return Body(answer, payload, self._provider)

    async def _write(self, method: str, path: str, token: str, json: Json) -> Answer:
        return self._success(await self._send(method, path, token, json), token, json)

    async def _send(self, method: str, path: str, token: str, json: Json) -> Answer:
        headers = {"authorization": token}
        return await self._http.call(method, self._api_url + path, write=True, headers=headers, json=json)

    def _success(self, answer: Answer, token: str, json: Json) -> Answer:
        if not _succeeded(answer):
            raise self._refusal(answer, (token, *_secrets(json)), write=True)
        return answer

    def _read(self, payload: TypeAdapter[T], answer: Answer, *, write: bool) -> T:
        return _read(payload, answer, provider=self._provider, write=write)

    def _refusal(self, answer: Answer, secrets: tuple[str, ...], *, write: bool) -> ProviderError:
        operator_secrets = () if self._register_key is None else (self._register_key.get_secret_value(),)
        problem = problem_of(answer, (*operator_secrets, *secrets))
        return error_of(answer, problem, provider=self._provider, write=write, now=self._now())

    def _registration_refused(self, answer: Answer, user: Json) -> ProviderError:
        # A refused operator's key is not the fault of an account, so it must not ask a user to connect again.
        error = self._refusal(answer, _secrets(user), write=True)
        return Rejected(error.message, provider=self._provider) if isinstance(error, NotAuthorized) else error

    def _checked(self, external_id: str) -> str:
        """Return the id. Raise NotFound if it could change the path of the URL."""
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise NotFound("RingPlan has no such object.", provider=self._provider)
        return external_id


async def pages(
    fetch: Callable[[int], Awaitable[list[T]]], first: int = 1, previous: list[T] | None = None
) -> AsyncIterator[list[T]]:
    """Yield pages from number `first` on, one call per page, at least one. The last one is not full.

    The lists have no total: a page that is not full is the last one. A page equal to the previous one counts as empty,
    because it shows that the service ignores the number. `previous` is the page before the first one, if it is known.
    """
    number = first
    while True:
        items = await fetch(number)
        items = [] if items == previous else items
        yield items
        if len(items) < PAGE_SIZE:
            return
        previous = items
        number += 1


class PageSizes:
    """Numbers of items of pages by the digests of their bodies: the same bytes need not be parsed to count them."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def of(self, body: Body[list[T]]) -> int:
        """Return the number of items. Raise what `Body.value` raises."""
        size = self._sizes.get(body.digest)
        if size is None:
            if len(self._sizes) >= _MAX_SIZES:
                self._sizes.clear()
            size = self._sizes[body.digest] = len(body.value)
        return size


async def unparsed_pages(fetch: Callable[[int], Awaitable[Body[list[T]]]], sizes: PageSizes) -> list[Body[list[T]]]:
    """Return all pages, as `pages` does, and parse none whose size is known unless it follows another full one."""
    found = [await fetch(1)]
    while sizes.of(found[-1]) >= PAGE_SIZE:
        body = await fetch(len(found) + 1)
        if sizes.of(body) == sizes.of(found[-1]) and body.value == found[-1].value:
            break
        found.append(body)
    return found


def _read(payload: TypeAdapter[T], answer: Answer, *, provider: str, write: bool) -> T:
    try:
        return payload.validate_python(answer.json())
    except ValueError:
        raise unreadable(provider=provider, write=write) from None


def _succeeded(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _secrets(json: Json) -> tuple[str, ...]:
    return tuple(str(json[name]) for name in _SECRET_FIELDS if json.get(name))
