"""Payloads of M1 to M7, lenient where the document contradicts itself.

Numbers come as numbers or strings, keys as spelled in the tables or in the examples, times in IST.
"""

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum
from typing import Annotated, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    WrapValidator,
)

from providers.api import IdentifyingText
from providers.medixcel.ist import moment_from_ist

T = TypeVar("T")


class ConnectionType(IntEnum):
    """`connection_type`: the service of an account."""

    ZOOM = 1
    GOOGLE = 2


class Wire(BaseModel):
    """Base of all payloads. Unknown keys are ignored; validation errors don't repeat the input."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True, populate_by_name=True)


def _moment(value: object) -> datetime:
    return moment_from_ist(str(value))


def _none_on_error(value: object, validate: Callable[[object], T]) -> T | None:
    try:
        return validate(value)
    except ValidationError:
        return None


Lenient = Annotated[T | None, WrapValidator(_none_on_error)]
"""A value that the plug-in can do without: None if it is unreadable."""

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[IdentifyingText, Field(min_length=1)]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]
Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]
IstMoment = Annotated[datetime, BeforeValidator(_moment)]


class Envelope(Wire):
    """The body of every response. If the call failed, `output` may be anything."""

    output: JsonValue = None
    response_status_code: int | None = None
    msg: Lenient[str] = None


class ConnectionCallback(Wire):
    """The query of M1's callback. If the user declined, all but `status` may be missing."""

    status: Text
    account_id: Number | None = Field(None, validation_alias=AliasChoices("iAccountId", "iAccountID"))
    expires_on: IstMoment | None = None
    connection_type: ConnectionType | None = None
    user_id: Text | None = None


class MeetingSummary(Wire):
    """`meeting_summary` of M2, M5 and M7. M5's examples have the meeting's id here, its table beside it."""

    meeting_id: Id | None = Field(None, validation_alias=AliasChoices("iMeetingID", "iMeetingId"))
    uid: Lenient[Text] = Field(None, validation_alias="sMeetingUID")
    url: Text = Field(validation_alias="sMeetingURL")
    host_url: Lenient[Text] = Field(None, validation_alias="sHostMeetingURL")
    added_on: Lenient[IstMoment] = Field(None, validation_alias="dAddedOn")
    title: Lenient[Text] = Field(None, validation_alias="sMeetingTitle")
    start_time: IstMoment = Field(validation_alias="sStartTime")
    duration: Minutes = Field(validation_alias="iDuration")


class MeetingOutput(Wire):
    """`output` of M2, M5 and M7. The echo of the request is ignored: it holds the client key."""

    meeting_id: Id | None = Field(None, validation_alias=AliasChoices("meeting_id", "rescheduled_meeting_id"))
    connection_type: ConnectionType
    summary: MeetingSummary = Field(validation_alias="meeting_summary")
    meeting_object: JsonValue = None

    @property
    def reported_id(self) -> str | None:
        """The meeting's id, if the upstream reports it at all."""
        return self.summary.meeting_id or self.meeting_id


class ListedMeeting(Wire):
    """An item of `meetings` in M3."""

    connection_type: ConnectionType
    user_id: Text
    meeting_id: Id
    url: Text = Field(validation_alias="meeting_url")
    start_time: IstMoment = Field(validation_alias="meeting_start_time")
    duration: Minutes = Field(validation_alias="meeting_duration")
    added_on: Lenient[IstMoment] = Field(None, validation_alias="meeting_added_on")


class MeetingList(Wire):
    """`output` of M3."""

    meetings: tuple[ListedMeeting, ...]


class Disconnection(Wire):
    """`output` of M4."""

    account_id: Text | None = Field(
        None, validation_alias=AliasChoices("disconnected_user_account", "disconnected_account_id")
    )


class Cancellation(Wire):
    """`output` of M6."""

    meeting_id: Id | None = Field(None, validation_alias="cancelled_meeting_id")
