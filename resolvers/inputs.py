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
    return _optional("The zone that the user thinks in, for the invitation. UTC without it.", type=TimeZone | None)


def _idempotency_key() -> Any:
    return _optional(
        "Any text that is new for every new intention, such as a UUID. Asking again with the same key and input within "
        "7 days does nothing twice: the first outcome is answered again."
    )


@strawberry.input(description="Whom to create at a provider.")
class RegisterUserInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    first_name: str = strawberry.field(description="The user's given name.")
    last_name: str = strawberry.field(description="The user's family name.")
    email: str = strawberry.field(description="The user's mail address, which they sign in with.")
    company: str = strawberry.field(description="The company that the user belongs to.")
    password: str | None = _optional("The password to sign in with. Without one the provider chooses.", secret=True)
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
    description="How to connect an account. medixcel needs service (ZOOM or GOOGLE_MEET), ringplan idToken and "
    "refreshToken from its show-token page, local nothing."
)
class ConnectAccountInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    user_id: str | None = _optional("Whose account it shall be. The viewer's own without it; others need admin.")
    service: MeetingService | None = _optional("The meeting service to connect, where the provider has several.")
    id_token: str | None = _optional("The provider's ID token of the user, where it hands out tokens.", secret=True)
    refresh_token: str | None = _optional("The refresh token that came with idToken.", secret=True)
    return_url: str | None = _optional(
        "Where to send the user's browser after authorizationUrl. It has to lie under one of the URLs that the "
        "operator allows."
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


@strawberry.input(description="Whose tokens to renew.")
class RefreshAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")

    def to_command(self) -> RefreshAccount:
        return RefreshAccount(
            account_id=self.account_id,
        )


@strawberry.input(description="Which account to disconnect.")
class DisconnectAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> DisconnectAccount:
        return DisconnectAccount(
            account_id=self.account_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="Somebody to invite to a meeting.")
class ParticipantInput:
    email: str = strawberry.field(description="The mail address that the invitation goes to.")
    first_name: str | None = _optional("The participant's given name.")
    last_name: str | None = _optional("The participant's family name.")
    user_id: str | None = _optional("The operator's own user id, where the participant is one of its users.")

    def to_invitee(self) -> Invitee:
        return Invitee(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            user_id=self.user_id,
        )


@strawberry.input(description="A meeting in the future. Exactly one of durationMinutes and endTime has to be given.")
class ScheduleMeetingInput:
    account_id: strawberry.ID = strawberry.field(description="The account that organises the meeting.")
    title: str = strawberry.field(description="What the meeting is called.")
    description: str | None = _optional("What the meeting is about.")
    start_time: datetime | Unreadable = strawberry.field(
        graphql_type=datetime, description="When it starts; in the future."
    )
    duration_minutes: int | None = _optional("How long it takes; at most 24 hours.")
    end_time: datetime | Unreadable | None = _optional(
        "When it ends; at most 24 hours after its start.", type=datetime | None
    )
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = _optional("Whom to invite; at most 300, nobody twice.")
    password: str | None = _optional("Closes the meeting with a password (PRIVATE_MEETING).", secret=True)
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


@strawberry.input(description="A meeting that starts now.")
class StartMeetingInput:
    account_id: strawberry.ID = strawberry.field(description="The account that organises the meeting.")
    title: str = strawberry.field(description="What the meeting is called.")
    description: str | None = _optional("What the meeting is about.")
    duration_minutes: int | None = _optional("How long it takes; at most 24 hours. The gateway chooses without it.")
    time_zone: TimeZone | Unreadable | None = _optional_zone()
    participants: list[ParticipantInput] | None = _optional("Whom to invite; at most 300, nobody twice.")
    password: str | None = _optional("Closes the meeting with a password (PRIVATE_MEETING).", secret=True)
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
    description="Where to move a meeting. At most one of durationMinutes and endTime; with neither the duration stays."
)
class RescheduleMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    start_time: datetime | Unreadable = strawberry.field(
        graphql_type=datetime, description="When it starts now; in the future."
    )
    duration_minutes: int | None = _optional("How long it takes now; at most 24 hours.")
    end_time: datetime | Unreadable | None = _optional(
        "When it ends now; at most 24 hours after its start.", type=datetime | None
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


@strawberry.input(description="Which meeting to call off.")
class CancelMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting's id.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CancelMeeting:
        return CancelMeeting(
            meeting_id=self.meeting_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A person to text.")
class CreateContactInput:
    account_id: strawberry.ID = strawberry.field(description="The account that the contact is added to.")
    first_name: str = strawberry.field(description="The contact's given name.")
    last_name: str = strawberry.field(description="The contact's family name.")
    number: str = strawberry.field(description="The contact's telephone number, best with its country code.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CreateContact:
        return CreateContact(
            account_id=self.account_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="What to change of a contact. Fields that are absent, or null, stay as they are.")
class UpdateContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact's id.")
    first_name: str | None = _optional("The contact's new given name.")
    last_name: str | None = _optional("The contact's new family name.")
    number: str | None = _optional("The contact's new telephone number, best with its country code.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> UpdateContact:
        return UpdateContact(
            contact_id=self.contact_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="Between whom a conversation shall be.")
class CreateConversationInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact to text.")
    from_number: str = strawberry.field(description="Which of the account's numbers to text from: see phoneNumbers.")
    idempotency_key: str | None = _idempotency_key()

    def to_command(self) -> CreateConversation:
        return CreateConversation(
            contact_id=self.contact_id,
            from_number=self.from_number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="What to send.")
class SendMessageInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation to send it in.")
    text: str = strawberry.field(description="What the message says; at most 1,600 characters.")
    media_urls: list[str] | None = _optional("Where the provider fetches pictures to send along; at most 10, http(s).")
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
