"""The upstream's calls, one method per call (M1 to M7).

Whatever the upstream returns, the methods raise ProviderError and nothing else.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import urlencode

import orjson
from pydantic import JsonValue, ValidationError

from providers.api import (
    Answer,
    Conflict,
    Core,
    HostClock,
    NotAuthorized,
    NotFound,
    ProviderError,
    Rejected,
    can_identify,
)
from providers.medixcel.errors import OK, UNREADABLE, envelope_of, failure, readable, status_of
from providers.medixcel.ist import ist_text
from providers.medixcel.settings import MedixcelSettings
from providers.medixcel.wire import (
    Cancellation,
    ConnectionType,
    Disconnection,
    Envelope,
    ListedMeeting,
    MeetingList,
    MeetingOutput,
    Wire,
)

T = TypeVar("T")
W = TypeVar("W", bound=Wire)

Fields = Mapping[str, str | Sequence[Mapping[str, str]]]


MAX_CONCURRENT_READS = 8


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """The response to a reading call, of which nothing is parsed yet."""

    answer: Answer
    read: Callable[[Answer], T]

    @property
    def digest(self) -> str:
        """The digest of the response. An empty body is a day without meetings only with status 204."""
        return f"{self.answer.status} {self.answer.digest}"

    def parse(self) -> T:
        """Return the response's output. Raise ProviderError if it has none."""
        return self.read(self.answer)


class MedixcelClient:
    """At most MAX_CONCURRENT_READS reading calls (M3, M5) are in flight at once."""

    def __init__(self, settings: MedixcelSettings, core: Core) -> None:
        self._settings = settings
        self._core = core
        self._reads = asyncio.Semaphore(MAX_CONCURRENT_READS)

    @property
    def clock(self) -> HostClock:
        """The upstream's clock."""
        return self._core.http.clock(self._settings.base_url)

    def consent_page(self, user_id: str, connection_type: ConnectionType) -> str:
        """Return the URL of M1, which the user's browser opens. It holds the client key."""
        query = {"client_key": self._key, "user_id": user_id, "connection_type": str(connection_type.value)}
        return f"{self._settings.base_url}/connectUserAccount.php?{urlencode(query)}"

    async def schedule_meeting(
        self,
        account_id: str,
        *,
        title: str,
        minutes: int,
        participants: Sequence[Mapping[str, str]],
        start_time: datetime | None = None,
    ) -> tuple[str, MeetingOutput]:
        """Make M2; return the meeting's id and description. Without `start_time` the meeting starts now.

        Raise NotAuthorized if the account is disconnected or expired.
        """
        fields: dict[str, str | Sequence[Mapping[str, str]]] = {
            "video_call_provider_account_id": account_id,
            "duration_in_minutes": str(minutes),
            "meeting_title": title,
            "participants": participants,
        }
        if start_time is not None:
            fields["start_time"] = ist_text(start_time)
        output = await self._call(self._settings.schedule_path, fields, precondition=NotAuthorized)
        scheduled = self._read(MeetingOutput, output, write=True)
        if scheduled.reported_id is None:
            raise self._unreadable(write=True)
        return scheduled.reported_id, scheduled

    async def meetings_for_date(self, day: date, user_id: str | None = None) -> Sequence[ListedMeeting]:
        """Make M3; return the meetings that start on a day in India, of one user or of all.

        Those whose user id no viewer can have are left out: one of them doesn't break the whole list.
        """
        return (await self.day_of_meetings(day, user_id)).parse()

    async def day_of_meetings(self, day: date, user_id: str | None = None) -> Response[Sequence[ListedMeeting]]:
        """Make M3 and parse nothing."""
        fields = {"date": day.isoformat(), **({"user_id": user_id} if user_id else {})}
        return Response(await self._answer("get_meetings_of_client_for_date", fields, write=False), self._listed)

    def _listed(self, answer: Answer) -> Sequence[ListedMeeting]:
        try:
            output = self._output(answer)
        except NotFound:
            # A day without meetings may be a 204.
            return ()
        return [meeting for meeting in self._read(MeetingList, output).meetings if can_identify(meeting.user_id)]

    async def disconnect_account(self, account_id: str) -> None:
        """Make M4. Raise NotFound or Conflict if the account is disconnected already."""
        fields = {"account_id": account_id}
        output = await self._call("disconnect_user_account", fields, precondition=Conflict)
        self._confirm(self._read(Disconnection, output or {}, write=True).account_id, account_id, write=True)

    async def meeting_details(self, meeting_id: str) -> MeetingOutput:
        """Make M5. Raise NotFound if the meeting does not exist."""
        return (await self.response_of_details(meeting_id)).parse()

    async def response_of_details(self, meeting_id: str) -> Response[MeetingOutput]:
        """Make M5 and parse nothing."""
        answer = await self._answer("get_meeting_details", {"meeting_id": meeting_id}, write=False)
        return Response(answer, partial(self._details, meeting_id))

    def _details(self, meeting_id: str, answer: Answer) -> MeetingOutput:
        output = self._read(MeetingOutput, self._output(answer))
        self._confirm(output.reported_id, meeting_id)
        return output

    async def cancel_meeting(self, meeting_id: str) -> None:
        """Make M6. Raise Conflict if the meeting is cancelled already."""
        fields = {"meeting_id": meeting_id}
        output = await self._call("cancel_meeting", fields, precondition=Conflict)
        self._confirm(self._read(Cancellation, output or {}, write=True).meeting_id, meeting_id, write=True)

    async def reschedule_meeting(self, meeting_id: str, *, start_time: datetime, minutes: int) -> MeetingOutput:
        """Make M7. Raise Conflict if the meeting's state forbids it. The output may show the old time and duration."""
        fields = {"meeting_id": meeting_id, "start_time": ist_text(start_time), "duration_in_minutes": str(minutes)}
        output = await self._call("reschedule_meeting", fields, precondition=Conflict)
        moved = self._read(MeetingOutput, output, write=True)
        self._confirm(moved.reported_id, meeting_id, write=True)
        return moved

    @property
    def _key(self) -> str:
        return self._settings.client_key.get_secret_value()

    async def _call(self, path: str, fields: Fields, *, precondition: type[ProviderError]) -> JsonValue:
        """Make a writing call and return the `output` of a success. `precondition` is the error that its 412 means."""
        return self._output(await self._answer(path, fields, write=True), write=True, precondition=precondition)

    async def _answer(self, path: str, fields: Fields, *, write: bool) -> Answer:
        return await self._post(f"{self._settings.base_url}/{path}", {"client_key": self._key, **fields}, write=write)

    def _output(
        self, answer: Answer, *, write: bool = False, precondition: type[ProviderError] = Rejected
    ) -> JsonValue:
        envelope = envelope_of(answer)
        status = status_of(answer, envelope)
        if envelope is None or status != OK:
            raise self._failure(answer, envelope, status, write=write, precondition=precondition)
        return envelope.output

    async def _post(self, url: str, fields: Fields, *, write: bool) -> Answer:
        async with nullcontext() if write else self._reads:
            return await self._send(url, fields, write=write)

    async def _send(self, url: str, fields: Fields, *, write: bool) -> Answer:
        if self._settings.encoding == "json":
            return await self._core.http.call("POST", url, write=write, json=fields)
        form = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in fields.items()
        }
        return await self._core.http.call("POST", url, write=write, form=form)

    def _failure(
        self,
        answer: Answer,
        envelope: Envelope | None,
        status: int,
        *,
        write: bool,
        precondition: type[ProviderError],
    ) -> ProviderError:
        reason = readable(envelope.msg, self._key) if envelope and envelope.msg else ""
        wait = answer.retry_after(self._core.now())
        return self._named(failure(status, reason, write=write, precondition=precondition, retry_after=wait))

    def _read(self, model: type[W], output: JsonValue, *, write: bool = False) -> W:
        try:
            return model.model_validate(output)
        except ValidationError:
            raise self._unreadable(write=write) from None

    def _confirm(self, reported_id: str | None, requested_id: str, *, write: bool = False) -> None:
        """Raise if the upstream reports another object than the one in the request; it need not report any."""
        if reported_id not in {None, requested_id}:
            raise self._unreadable(write=write)

    def _unreadable(self, *, write: bool) -> ProviderError:
        return self._named(failure(UNREADABLE, "", write=write, precondition=Rejected))

    def _named(self, error: ProviderError) -> ProviderError:
        error.provider = self._core.name
        return error
