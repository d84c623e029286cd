"""Inputs of mutations, and their conversion to the commands of the domain. An absent optional field, or null, is None.

A value that its scalar can't parse is Unreadable: the mutation reports it with the other faults of its input.
"""

from datetime import datetime
from typing import Any

import strawberry

import resolvers.enumeration  # noqa: F401  (an input can only use an enum that has been described)
from providers.domain.commands import (
    CancelMeeting,
    ConnectAccount,
    CreateContact,
    CreateConversation,
    DisconnectAccount,
    Invitee,
    RefreshAccount,
    RegisterUser,
    RescheduleMeeting,
    ScheduleMeeting,
    SendMessage,
    StartMeeting,
    Unreadable,
    UpdateContact,
)
from providers.domain.entities import MeetingService
from resolvers.scalar import TimeZone


def _optional(description: str, *, type: object = None, secret: bool = False) -> Any:
    """A field that may be left out, of the GraphQL type `type` or of its annotation's. `repr` omits a secret one."""
    field = strawberry.field(description=description, default=None, graphql_type=type)
    field.repr = not secret
    return field


def _optional_zone() -> Any:
    return _optional("The time zone for the invitation; UTC by default.", type=TimeZone | None)


def _idempotency_key() -> Any:
    return _optional(
        "A unique text for each intended change, such as a UUID. If the request is repeated with "
        "the same key and input within 7 days, the change is not made again and the first result is "
        "returned."
    )


@strawberry.input(description="A user to create at a provider.")
class RegisterUserInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    first_name: str = strawberry.field(description="The user's given name.")
    last_name: str = strawberry.field(description="The user's family name.")
    email: str = strawberry.field(description="The user's mail address, with which they sign in.")
    company: str = strawberry.field(description="The user's company.")
    password: str | None = _optional("The password to sign in with; chosen by the provider by default.", secret=True)
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> RegisterUser:
        return RegisterUser(
            provider=self.provider,
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            company=self.company,
            password=self.password,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(
    description="An account to connect. medixcel needs service (ZOOM or GOOGLE_MEET); ringplan needs "
    "idToken and refreshToken from its show-token page; local needs neither."
)
class ConnectAccountInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    user_id: str | None = _optional(
        "The id of the account's user; the viewer by default. Another user's id needs the scope admin."
    )
    service: MeetingService | None = _optional("The meeting service to connect, if the provider has several.")
    id_token: str | None = _optional("The user's ID token, if the provider issues tokens to the user.", secret=True)
    refresh_token: str | None = _optional("The refresh token issued with idToken.", secret=True)
    return_url: str | None = _optional(
        "The URL to which the user's browser returns after authorizationUrl. It has to lie below "
        "one of the URLs that the operator allows."
    )
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> ConnectAccount:
        return ConnectAccount(
            provider=self.provider,
            user_id=self.user_id,
            service=self.service,
            id_token=self.id_token,
            refresh_token=self.refresh_token,
            return_url=self.return_url,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="An account whose tokens to refresh.")
class RefreshAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")

    def to_command(self) -> RefreshAccount:
        return RefreshAccount(
            account_id=self.account_id,
        )


@strawberry.input(description="An account to disconnect.")
class DisconnectAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> DisconnectAccount:
        return DisconnectAccount(
            account_id=self.account_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A person to invite to a meeting.")
class ParticipantInput:
    email: str = strawberry.field(description="The mail address for the invitation.")
    first_name: str | None = _optional("The participant's given name.")
    last_name: str | None = _optional("The participant's family name.")
    user_id: str | None = _optional(
        "The participant's id in the operator's system, if the participant is one of its users."
    )

    def to_invitee(self) -> Invitee:
        return Invitee(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            user_id=self.user_id,
        )


@strawberry.input(description="A meeting to schedule. Exactly one of durationMinutes and endTime is required.")
class ScheduleMeetingInput:
    account_id: strawberry.ID = strawberry.field(description="The account that organises the meeting.")
    title: str = strawberry.field(description="The title of the meeting.")
    description: str | None = _optional("The description of the meeting.")
    start_time: datetime | Unreadable = strawberry.field(
        graphql_type=datetime, description="The start of the meeting; in the future."
    )
    duration_minutes: int | None = _optional("The duration in minutes; at most 24 hours.")
    end_time: datetime | Unreadable | None = _optional(
        "The end of the meeting, at most 24 hours after the start.", type=datetime | None
    )
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = _optional(
        "The people to invite: at most 300, each with a different mail address."
    )
    password: str | None = _optional("A password that protects the meeting (needs PRIVATE_MEETING).", secret=True)
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> ScheduleMeeting:
        return ScheduleMeeting(
            account_id=self.account_id,
            title=self.title,
            description=self.description,
            start_time=self.start_time,
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
    description: str | None = _optional("The description of the meeting.")
    duration_minutes: int | None = _optional(
        "The duration in minutes, at most 24 hours; chosen by the gateway by default."
    )
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = _optional(
        "The people to invite: at most 300, each with a different mail address."
    )
    password: str | None = _optional("A password that protects the meeting (needs PRIVATE_MEETING).", secret=True)
    idempotency_key: str | None = _idempotency_key()

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
    description="A new time for a meeting. At most one of durationMinutes and endTime is allowed; without "
    "either the duration stays unchanged."
)
class RescheduleMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    start_time: datetime | Unreadable = strawberry.field(
        graphql_type=datetime, description="The new start of the meeting; in the future."
    )
    duration_minutes: int | None = _optional("The new duration in minutes; at most 24 hours.")
    end_time: datetime | Unreadable | None = _optional(
        "The new end of the meeting, at most 24 hours after the start.", type=datetime | None
    )
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> RescheduleMeeting:
        return RescheduleMeeting(
            meeting_id=self.meeting_id,
            start_time=self.start_time,
            duration_minutes=self.duration_minutes,
            end_time=self.end_time,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A meeting to cancel.")
class CancelMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CancelMeeting:
        return CancelMeeting(
            meeting_id=self.meeting_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A contact to create.")
class CreateContactInput:
    account_id: strawberry.ID = strawberry.field(description="The account to add the contact to.")
    first_name: str = strawberry.field(description="The contact's given name.")
    last_name: str = strawberry.field(description="The contact's family name.")
    number: str = strawberry.field(description="The contact's phone number, preferably with its country code.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CreateContact:
        return CreateContact(
            account_id=self.account_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="Changes to a contact. Fields that are absent or null stay unchanged.")
class UpdateContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact's id.")
    first_name: str | None = _optional("The contact's new given name.")
    last_name: str | None = _optional("The contact's new family name.")
    number: str | None = _optional("The contact's new phone number, preferably with its country code.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> UpdateContact:
        return UpdateContact(
            contact_id=self.contact_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A conversation to create.")
class CreateConversationInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact to text.")
    from_number: str = strawberry.field(
        description="The phone number of the account to send from, as phoneNumbers lists it."
    )
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CreateConversation:
        return CreateConversation(
            contact_id=self.contact_id,
            from_number=self.from_number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A message to send.")
class SendMessageInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation to send the message in.")
    text: str = strawberry.field(description="The text of the message; at most 1,600 characters.")
    media_urls: list[str] | None = _optional(
        "URLs of media from which the provider fetches them; at most 10, http or https."
    )
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> SendMessage:
        return SendMessage(
            conversation_id=self.conversation_id,
            text=self.text,
            media_urls=None if self.media_urls is None else tuple(self.media_urls),
            idempotency_key=self.idempotency_key,
        )


def _invitees(participants: list[ParticipantInput] | None) -> tuple[Invitee, ...] | None:
    return None if participants is None else tuple(each.to_invitee() for each in participants)
