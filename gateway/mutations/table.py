"""The table of mutations. Dispatch, the journal and the cost of queries are derived from it.

To add a mutation: a command in `providers.domain.commands`, a subclass of `Write` in the module of its entity in this
package, a line in the table, and the input and payload in `resolvers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from gateway.mutations.accounts import (
    ConnectAccountWrite,
    DisconnectAccountWrite,
    RefreshAccountWrite,
    RegisterUserWrite,
)
from gateway.mutations.contacts import CreateContactWrite, UpdateContactWrite
from gateway.mutations.meetings import (
    CancelMeetingWrite,
    RescheduleMeetingWrite,
    ScheduleMeetingWrite,
    StartMeetingWrite,
)
from gateway.mutations.messages import CreateConversationWrite, SendMessageWrite
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.read_marks import MarkConversationReadWrite
from gateway.mutations.write import Done, Write
from providers.domain.commands import (
    CancelMeeting,
    Command,
    ConnectAccount,
    CreateContact,
    CreateConversation,
    DisconnectAccount,
    MarkConversationRead,
    RefreshAccount,
    RegisterUser,
    RescheduleMeeting,
    ScheduleMeeting,
    SendMessage,
    StartMeeting,
    UpdateContact,
)

C_contra = TypeVar("C_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

PROVIDER_CALL_COST = 10
"""Points for the call of the provider, in addition to those for the objects of the response."""

OWN_COST = 2
"""Points for a change of what the gateway alone has."""


class WriteType(Protocol[C_contra, R_co]):
    """A subclass of Write, as an object: how a write is prepared from a command, and what the mutation returns."""

    async def prepare(self, preconditions: Preconditions, command: C_contra, now: datetime, /) -> Write[Any]: ...
    def result(self, done: Done, /) -> R_co: ...


@dataclass(frozen=True, slots=True)
class Mutation(Generic[R]):
    command: type[Command[R]]
    write: WriteType[Any, R]
    cost: int = PROVIDER_CALL_COST


MUTATIONS: Mapping[str, Mutation[Any]] = {
    "registerUser": Mutation(RegisterUser, RegisterUserWrite),
    "connectAccount": Mutation(ConnectAccount, ConnectAccountWrite),
    "refreshAccount": Mutation(RefreshAccount, RefreshAccountWrite),
    "disconnectAccount": Mutation(DisconnectAccount, DisconnectAccountWrite),
    "scheduleMeeting": Mutation(ScheduleMeeting, ScheduleMeetingWrite),
    "startMeeting": Mutation(StartMeeting, StartMeetingWrite),
    "rescheduleMeeting": Mutation(RescheduleMeeting, RescheduleMeetingWrite),
    "cancelMeeting": Mutation(CancelMeeting, CancelMeetingWrite),
    "createContact": Mutation(CreateContact, CreateContactWrite),
    "updateContact": Mutation(UpdateContact, UpdateContactWrite),
    "createConversation": Mutation(CreateConversation, CreateConversationWrite),
    "sendMessage": Mutation(SendMessage, SendMessageWrite),
    "markConversationRead": Mutation(MarkConversationRead, MarkConversationReadWrite, OWN_COST),
}
"""By the name in the schema, which the journal stores, too."""

NAMES: Mapping[type[Command[Any]], str] = {mutation.command: name for name, mutation in MUTATIONS.items()}
"""The mutations' names by the types of their commands."""
