"""Inputs of the mutations of meetings.

A value that its type can't parse is Unreadable: the mutation reports it with the other faults of its input.
"""

from datetime import datetime
from typing import Any

import strawberry

from providers.domain.commands import (
    CancelMeeting,
    Invitee,
    RescheduleMeeting,
    ScheduleMeeting,
    StartMeeting,
    Unreadable,
)
from resolvers.field import idempotency_key_field, optional
from resolvers.scalar import LocalDateTime, TimeZone


def _optional_zone() -> Any:
    return optional("The time zone for the invitation; UTC by default.", type=TimeZone | None)


def _local_start() -> Any:
    return optional(
        "The start as clocks in timeZone show it, instead of startTime. A time that they skip or show twice is "
        "invalid: the message names the two moments that it can mean.",
        type=LocalDateTime | None,
    )


@strawberry.input(description="A person to invite to a meeting.")
class ParticipantInput:
    email: str = strawberry.field(description="The mail address for the invitation.")
    first_name: str | None = optional("The participant's given name.")
    last_name: str | None = optional("The participant's family name.")
    user_id: str | None = optional(
        "The participant's id in the operator's system, if the participant is one of its users."
    )

    def to_invitee(self) -> Invitee:
        return Invitee(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            user_id=self.user_id,
        )


@strawberry.input(
    description="A meeting to schedule. Exactly one of startTime and localStartTime (with timeZone) is required, and "
    "exactly one of durationMinutes and endTime."
)
class ScheduleMeetingInput:
    account_id: strawberry.ID = strawberry.field(description="The account that organises the meeting.")
    title: str = strawberry.field(description="The title of the meeting.")
    description: str | None = optional("The description of the meeting.")
    start_time: datetime | Unreadable | None = optional(
        "The start of the meeting; in the future.", type=datetime | None
    )
    local_start_time: datetime | Unreadable | None = _local_start()
    duration_minutes: int | Unreadable | None = optional("The duration in minutes; at most 24 hours.", type=int | None)
    end_time: datetime | Unreadable | None = optional(
        "The end of the meeting, at most 24 hours after the start.", type=datetime | None
    )
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = optional(
        "The people to invite: at most 300, each with a different mail address."
    )
    password: str | None = optional("A password that protects the meeting (needs PRIVATE_MEETING).", secret=True)
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> ScheduleMeeting:
        return ScheduleMeeting(
            account_id=self.account_id,
            title=self.title,
            description=self.description,
            start_time=self.start_time,
            local_start_time=self.local_start_time,
            duration_minutes=self.duration_minutes,
            end_time=self.end_time,
            time_zone=self.time_zone,
            participants=_invitees(self.participants),
            password=self.password,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A meeting to start now.")
class StartMeetingInput:
    account_id: strawberry.ID = strawberry.field(description="The account that organises the meeting.")
    title: str = strawberry.field(description="The title of the meeting.")
    description: str | None = optional("The description of the meeting.")
    duration_minutes: int | Unreadable | None = optional(
        "The duration in minutes, at most 24 hours; chosen by the gateway by default.", type=int | None
    )
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = optional(
        "The people to invite: at most 300, each with a different mail address."
    )
    password: str | None = optional("A password that protects the meeting (needs PRIVATE_MEETING).", secret=True)
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> StartMeeting:
        return StartMeeting(
            account_id=self.account_id,
            title=self.title,
            description=self.description,
            duration_minutes=self.duration_minutes,
            time_zone=self.time_zone,
            participants=_invitees(self.participants),
            password=self.password,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(
    description="A new time for a meeting. Exactly one of startTime and localStartTime is required. At most one of "
    "durationMinutes and endTime is allowed; without either the duration stays unchanged."
)
class RescheduleMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    start_time: datetime | Unreadable | None = optional(
        "The new start of the meeting; in the future.", type=datetime | None
    )
    local_start_time: datetime | Unreadable | None = _local_start()
    time_zone: TimeZone | Unreadable | None = optional(
        "The time zone of localStartTime; the meeting's by default.", type=TimeZone | None
    )
    duration_minutes: int | Unreadable | None = optional(
        "The new duration in minutes; at most 24 hours.", type=int | None
    )
    end_time: datetime | Unreadable | None = optional(
        "The new end of the meeting, at most 24 hours after the start.", type=datetime | None
    )
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> RescheduleMeeting:
        return RescheduleMeeting(
            meeting_id=self.meeting_id,
            start_time=self.start_time,
            local_start_time=self.local_start_time,
            time_zone=self.time_zone,
            duration_minutes=self.duration_minutes,
            end_time=self.end_time,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A meeting to cancel.")
class CancelMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> CancelMeeting:
        return CancelMeeting(
            meeting_id=self.meeting_id,
            idempotency_key=self.idempotency_key,
        )


def _invitees(participants: list[ParticipantInput] | None) -> tuple[Invitee, ...] | None:
    return None if participants is None else tuple(each.to_invitee() for each in participants)
