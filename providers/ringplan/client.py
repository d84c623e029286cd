"""One method per call of RingPlan, R1 to R18. `token` is the caller's id_token, sent raw, without "Bearer".

Every failure is a ProviderError; TokenRefused is the one that a renewed token may mend.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from providers.api import (
    Answer,
    HttpClient,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.ringplan import wire
from providers.ringplan.errors import error_of, nonsense, problem_of
from providers.ringplan.paging import PER_PAGE

T = TypeVar("T")
Json = Mapping[str, object]

_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_FIELDS = ("pwd", "password")
_LOGIN_FAILED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


class Client:
    """`operator_secrets` are kept out of every message, whoever repeats them."""

    def __init__(
        self,
        http: HttpClient,
        *,
        provider: str,
        api_url: str,
        login_url: str,
        now: Callable[[], datetime],
        operator_secrets: tuple[str, ...] = (),
    ) -> None:
        self._http = http
        self._provider = provider
        self._api_url = api_url
        self._login_url = login_url
        self._now = now
        self._operator_secrets = operator_secrets
        self._update_method = "PUT"

    async def register(self, user: Json) -> None:
        """R1. Any 2xx will do."""
        url = f"{self._login_url}/api/user/register"
        answer = await self._http.call("POST", url, write=True, json=user, expects_json=False)
        if not _succeeded(answer):
            raise self._registration_refused(answer, user)

    async def show_token(self) -> Answer:
        """R2, without a browser's session: how it answers tells whether the login host is there."""
        return await self._http.call("GET", f"{self._login_url}/show-token", expects_json=False)

    async def refresh(self, refresh_token: str) -> wire.TokenPair:
        """R3, which spends `refresh_token`.

        NotAuthorized where it is refused, RateLimited and Unavailable where the login says that it did nothing,
        OutcomeUnknown where nobody can say.
        """
        query = {"refresh_token": refresh_token}
        answer = await self._http.call("GET", f"{self._login_url}/refresh-token", write=True, params=query)
        if _succeeded(answer):
            return self._read(wire.TOKEN_PAIR, answer, write=True)
        if answer.status in _LOGIN_FAILED:
            raise Unavailable("RingPlan's login fails.", provider=self._provider)
        error = self._refusal(answer, (refresh_token,), write=True)
        if isinstance(error, RateLimited | OutcomeUnknown):
            raise error
        if isinstance(error, NotFound):
            raise OutcomeUnknown("RingPlan's login is not where it was.", provider=self._provider)
        raise NotAuthorized("RingPlan does not renew the tokens: connect again.", provider=self._provider)

    async def numbers(self, token: str) -> list[wire.Number]:
        """R4."""
        return await self._get(wire.NUMBERS, "/texting/numbers", token)

    async def numbers_unauthorized(self) -> Answer:
        """R4 without a token: how it is refused tells whether the API host is there."""
        return await self._http.call("GET", f"{self._api_url}/texting/numbers", expects_json=False)

    async def contacts(self, token: str) -> list[wire.Contact]:
        """R5."""
        return await self._get(wire.CONTACTS, "/texting/contacts", token)

    async def create_contact(self, token: str, contact: Json) -> tuple[wire.Contact, bool]:
        """R6. The contact, and whether it is new."""
        answer = await self._write("POST", "/texting/contacts", token, contact)
        return self._read(wire.CONTACT, answer, write=True), answer.status == HTTPStatus.CREATED

    async def contact(self, token: str, contact_id: str) -> wire.Contact:
        """R7."""
        return await self._get(wire.CONTACT, f"/texting/contacts/{self._checked(contact_id)}", token)

    async def update_contact(self, token: str, contact_id: str, contact: Json) -> wire.Contact:
        """R8. The document doesn't show the method: a service that refuses the one is asked with the other."""
        path = f"/texting/contacts/{self._checked(contact_id)}"
        answer = await self._send(self._update_method, path, token, contact)
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            other = "PATCH" if self._update_method == "PUT" else "PUT"
            answer = await self._send(other, path, token, contact)
            if answer.status != HTTPStatus.METHOD_NOT_ALLOWED:
                self._update_method = other
        return self._read(wire.CONTACT, self._granted(answer, token, contact), write=True)

    async def conversations(self, token: str) -> list[wire.Conversation]:
        """R9."""
        return await self._get(wire.CONVERSATIONS, "/texting/conversations", token)

    async def create_conversation(self, token: str, conversation: Json) -> tuple[wire.Conversation, bool]:
        """R10. The conversation, and whether it is new."""
        answer = await self._write("POST", "/texting/conversations", token, conversation)
        return self._read(wire.CONVERSATION, answer, write=True), answer.status == HTTPStatus.CREATED

    async def messages(self, token: str, conversation_id: str, page: int) -> list[wire.Message]:
        """R11, newest first; `page` from 1."""
        path = f"/texting/conversations/{self._checked(conversation_id)}/messages"
        return await self._get(wire.MESSAGES, f"{path}?page={page}&per_page={PER_PAGE}", token)

    async def send_message(self, token: str, conversation_id: str, message: Json) -> wire.Message:
        """R12. `success` of the answer tells whether it was sent."""
        path = f"/texting/conversations/{self._checked(conversation_id)}/messages"
        return self._read(wire.MESSAGE, await self._write("POST", path, token, message), write=True)

    async def create_history_event(self, token: str, event: Json) -> wire.Meeting:
        """R13; R14 with a password."""
        answer = await self._write("POST", "/meet/calendar/event/history", token, event)
        return self._read(wire.MEETING, answer, write=True)

    async def events(self, token: str, event_type: str, date_from: str, date_to: str, page: int) -> list[wire.Meeting]:
        """R15 with `event_type` "history", R16 with "scheduled"; `page` from 1."""
        query = {"event_type": event_type, "date_from": date_from, "date_to": date_to, "page": page}
        path = f"/meet/calendar/events?{urlencode(query)}&per_page={PER_PAGE}"
        return await self._get(wire.MEETINGS, path, token)

    async def create_scheduled_event(self, token: str, event: Json) -> wire.Meeting:
        """R17."""
        answer = await self._write("POST", "/meet/calendar/event/scheduled", token, event)
        return self._read(wire.MEETING, answer, write=True)

    async def calendar_authorization_url(self, token: str) -> str:
        """R18."""
        return (await self._get(wire.AUTHORIZATION_LINK, "/meet/app/calendar/get-auth-url", token)).auth_url

    async def _get(self, payload: TypeAdapter[T], path: str, token: str) -> T:
        answer = await self._http.call("GET", self._api_url + path, headers={"authorization": token})
        if not _succeeded(answer):
            raise self._refusal(answer, (token,), write=False)
        return self._read(payload, answer, write=False)

    async def _write(self, method: str, path: str, token: str, json: Json) -> Answer:
        return self._granted(await self._send(method, path, token, json), token, json)

    async def _send(self, method: str, path: str, token: str, json: Json) -> Answer:
        headers = {"authorization": token}
        return await self._http.call(method, self._api_url + path, write=True, headers=headers, json=json)

    def _granted(self, answer: Answer, token: str, json: Json) -> Answer:
        if not _succeeded(answer):
            raise self._refusal(answer, (token, *_secrets(json)), write=True)
        return answer

    def _read(self, payload: TypeAdapter[T], answer: Answer, *, write: bool) -> T:
        try:
            return payload.validate_python(answer.json())
        except ValueError:
            raise nonsense(provider=self._provider, write=write) from None

    def _refusal(self, answer: Answer, secrets: tuple[str, ...], *, write: bool) -> ProviderError:
        problem = problem_of(answer, (*self._operator_secrets, *secrets))
        return error_of(answer, problem, provider=self._provider, write=write, now=self._now())

    def _registration_refused(self, answer: Answer, user: Json) -> ProviderError:
        """Nobody's account is at fault where the operator's key is refused."""
        error = self._refusal(answer, _secrets(user), write=True)
        return Rejected(error.message, provider=self._provider) if isinstance(error, NotAuthorized) else error

    def _checked(self, external_id: str) -> str:
        """An id that is none of RingPlan's must not become another path of its API."""
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise NotFound("RingPlan knows no such object.", provider=self._provider)
        return external_id


def _succeeded(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _secrets(json: Json) -> tuple[str, ...]:
    return tuple(str(json[name]) for name in _SECRET_FIELDS if json.get(name))
