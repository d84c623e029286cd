"""The upstream's calls, M1 to M7, one method each. Raises ProviderError, and nothing else, for whatever it answers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

import orjson
from pydantic import JsonValue, ValidationError

from providers.api import Answer, Conflict, Core, NotAuthorized, NotFound, ProviderError, Rejected, can_identify
from providers.medixcel.errors import NONSENSE, OK, envelope_of, failure, readable, status_of
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

W = TypeVar("W", bound=Wire)

Fields = Mapping[str, str | Sequence[Mapping[str, str]]]


class MedixcelClient:
    def __init__(self, settings: MedixcelSettings, core: Core) -> None:
        self._settings = settings
        self._core = core

    def consent_page(self, user_id: str, connection_type: ConnectionType) -> str:
        """M1: where the user's browser has to go. Holds the client key."""
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
        """M2: the meeting's id and what is told of it. Starts now without `start_time`.

        NotAuthorized where the account is disconnected or expired.
        """
        fields: dict[str, str | Sequence[Mapping[str, str]]] = {
            "video_call_provider_account_id": account_id,
            "duration_in_minutes": str(minutes),
            "meeting_title": title,
            "participants": participants,
        }
        if start_time is not None:
            fields["start_time"] = ist_text(start_time)
        output = await self._call(self._settings.schedule_path, fields, write=True, precondition=NotAuthorized)
        scheduled = self._read(MeetingOutput, output, write=True)
        if scheduled.told_id is None:
            raise self._nonsense(write=True)
        return scheduled.told_id, scheduled

    async def meetings_for_date(self, day: date, user_id: str | None = None) -> Sequence[ListedMeeting]:
        """M3: the meetings of a day in India; of all users where none is given. An empty day may be a 204.

        Meetings of users whose id can't be a viewer's are left out: what others schedule breaks no list.
        """
        fields = {"date": day.isoformat(), **({"user_id": user_id} if user_id else {})}
        try:
            output = await self._call("get_meetings_of_client_for_date", fields)
        except NotFound:
            return ()
        return [one for one in self._read(MeetingList, output).meetings if can_identify(one.user_id)]

    async def disconnect_account(self, account_id: str) -> None:
        """M4. NotFound or Conflict where it is disconnected already."""
        fields = {"account_id": account_id}
        output = await self._call("disconnect_user_account", fields, write=True, precondition=Conflict)
        self._confirm(self._read(Disconnection, output or {}, write=True).account_id, account_id, write=True)

    async def meeting_details(self, meeting_id: str) -> MeetingOutput:
        """M5. NotFound where there is no such meeting."""
        output = self._read(MeetingOutput, await self._call("get_meeting_details", {"meeting_id": meeting_id}))
        self._confirm(output.told_id, meeting_id)
        return output

    async def cancel_meeting(self, meeting_id: str) -> None:
        """M6. Conflict where it was cancelled before."""
        fields = {"meeting_id": meeting_id}
        output = await self._call("cancel_meeting", fields, write=True, precondition=Conflict)
        self._confirm(self._read(Cancellation, output or {}, write=True).meeting_id, meeting_id, write=True)

    async def reschedule_meeting(self, meeting_id: str, *, start_time: datetime, minutes: int) -> MeetingOutput:
        """M7. Conflict where the meeting's state forbids it. The answer may show the old time and duration."""
        fields = {"meeting_id": meeting_id, "start_time": ist_text(start_time), "duration_in_minutes": str(minutes)}
        output = await self._call("reschedule_meeting", fields, write=True, precondition=Conflict)
        moved = self._read(MeetingOutput, output, write=True)
        self._confirm(moved.told_id, meeting_id, write=True)
        return moved

    @property
    def _key(self) -> str:
        return self._settings.client_key.get_secret_value()

    async def _call(
        self, path: str, fields: Fields, *, write: bool = False, precondition: type[ProviderError] = Rejected
    ) -> JsonValue:
        """The `output` of a success."""
        answer = await self._post(f"{self._settings.base_url}/{path}", {"client_key": self._key, **fields}, write=write)
        envelope = envelope_of(answer)
        status = status_of(answer, envelope)
        if envelope is None or status != OK:
            raise self._failure(answer, envelope, status, write=write, precondition=precondition)
        return envelope.output

    async def _post(self, url: str, fields: Fields, *, write: bool) -> Answer:
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
            raise self._nonsense(write=write) from None

    def _confirm(self, told: str | None, asked: str, *, write: bool = False) -> None:
        if told not in {None, asked}:
            raise self._nonsense(write=write)

    def _nonsense(self, *, write: bool) -> ProviderError:
        return self._named(failure(NONSENSE, "", write=write, precondition=Rejected))

    def _named(self, error: ProviderError) -> ProviderError:
        error.provider = self._core.name
        return error
