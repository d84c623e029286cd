"""The mutations of one viewer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from gateway.mutations.accounts import AccountWrites
from gateway.mutations.contacts import ContactWrites
from gateway.mutations.idempotency.journal_codec import input_from_journal
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.meetings import MeetingWrites
from gateway.mutations.messages import MessageWrites
from gateway.mutations.operation import Done, Intent, Prepare, Write
from gateway.mutations.preconditions import Preconditions
from providers.domain.entities import Account, Contact, Conversation, Meeting, Message
from providers.domain.results import Connecting, Created
from resolvers.inputs import (
    CancelMeetingInput,
    ConnectAccountInput,
    CreateContactInput,
    CreateConversationInput,
    DisconnectAccountInput,
    RefreshAccountInput,
    RegisterUserInput,
    RescheduleMeetingInput,
    ScheduleMeetingInput,
    SendMessageInput,
    StartMeetingInput,
    UpdateContactInput,
)

E = TypeVar("E")

_INPUTS: Mapping[str, type[Any]] = {
    "registerUser": RegisterUserInput,
    "connectAccount": ConnectAccountInput,
    "refreshAccount": RefreshAccountInput,
    "disconnectAccount": DisconnectAccountInput,
    "scheduleMeeting": ScheduleMeetingInput,
    "startMeeting": StartMeetingInput,
    "rescheduleMeeting": RescheduleMeetingInput,
    "cancelMeeting": CancelMeetingInput,
    "createContact": CreateContactInput,
    "updateContact": UpdateContactInput,
    "createConversation": CreateConversationInput,
    "sendMessage": SendMessageInput,
}


@dataclass(frozen=True, slots=True)
class StoredWrites:
    """Implements `resolvers.context.Writes`."""

    desk: Preconditions
    execution: JournalRunner
    accounts: AccountWrites
    meetings: MeetingWrites
    contacts: ContactWrites
    messages: MessageWrites

    async def register_user(self, input: RegisterUserInput) -> None:
        await self._run("registerUser", input)

    async def connect_account(self, input: ConnectAccountInput) -> Connecting:
        done = await self._run("connectAccount", input)
        return Connecting(account=_entity(done, Account), authorization_url=done.authorization_url)

    async def refresh_account(self, input: RefreshAccountInput) -> Account:
        return _entity(await self._run("refreshAccount", input), Account)

    async def disconnect_account(self, input: DisconnectAccountInput) -> Account:
        return _entity(await self._run("disconnectAccount", input), Account)

    async def schedule_meeting(self, input: ScheduleMeetingInput) -> Meeting:
        return _entity(await self._run("scheduleMeeting", input), Meeting)

    async def start_meeting(self, input: StartMeetingInput) -> Meeting:
        return _entity(await self._run("startMeeting", input), Meeting)

    async def reschedule_meeting(self, input: RescheduleMeetingInput) -> Meeting:
        return _entity(await self._run("rescheduleMeeting", input), Meeting)

    async def cancel_meeting(self, input: CancelMeetingInput) -> Meeting:
        return _entity(await self._run("cancelMeeting", input), Meeting)

    async def create_contact(self, input: CreateContactInput) -> Created[Contact]:
        done = await self._run("createContact", input)
        return Created(entity=_entity(done, Contact), created=done.created)

    async def update_contact(self, input: UpdateContactInput) -> Contact:
        return _entity(await self._run("updateContact", input), Contact)

    async def create_conversation(self, input: CreateConversationInput) -> Conversation:
        return _entity(await self._run("createConversation", input), Conversation)

    async def send_message(self, input: SendMessageInput) -> Message:
        return _entity(await self._run("sendMessage", input), Message)

    def journalled(self, mutation: str, request: bytes) -> Prepare:
        """Finds a mutation sound once more that was journalled as this request."""
        return partial(self._prepares[mutation], input_from_journal(_INPUTS[mutation], request))

    async def _run(self, mutation: str, input: Any) -> Done:
        self.desk.viewer.require("write")
        intent = Intent.of(self.desk.viewer, mutation, input)
        return await self.execution.run(intent, partial(self._prepares[mutation], input))

    @property
    def _prepares(self) -> Mapping[str, Callable[[Any, datetime], Awaitable[Write]]]:
        return {
            "registerUser": self.accounts.register,
            "connectAccount": self.accounts.connect,
            "refreshAccount": self.accounts.refresh,
            "disconnectAccount": self.accounts.disconnect,
            "scheduleMeeting": self.meetings.schedule,
            "startMeeting": self.meetings.start,
            "rescheduleMeeting": self.meetings.reschedule,
            "cancelMeeting": self.meetings.cancel,
            "createContact": self.contacts.create,
            "updateContact": self.contacts.update,
            "createConversation": self.messages.create_conversation,
            "sendMessage": self.messages.send,
        }


def _entity(done: Done, kind: type[E]) -> E:
    """What the mutation is about: `keep` has stored it, and a replay has found it."""
    if not isinstance(done.entity, kind):
        raise TypeError(f"The journal holds no {kind.__name__} where one belongs")
    return done.entity
