"""Mutations, run for viewers."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from gateway.mutations.idempotency.reconciler import Reconciler
from gateway.mutations.idempotency.runner import Intent, JournalRunner, command_from_journal
from gateway.mutations.meetings import CAPABILITIES, able_to_change
from gateway.mutations.messages import sender_of
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.table import MUTATIONS, NAMES, Mutation
from gateway.mutations.write import Write
from gateway.storage import JournalEntry, Visibility
from providers.domain.commands import Command
from providers.domain.entities import Account, Meeting, MeetingAction
from providers.domain.errors import ErrorCode, Forbidden, NotSupported, ProviderError
from providers.domain.viewer import Viewer

R = TypeVar("R")

_ADMIN = frozenset({"admin"})


@dataclass(frozen=True, slots=True)
class RequestedMutation:
    """A command of a viewer. Implements `gateway.mutations.write.Preparation`."""

    mutation: Mutation[Any]
    command: Command[Any]
    preconditions: Preconditions

    async def prepare(self, now: datetime) -> Write[Any]:
        return await self.mutation.write.prepare(self.preconditions, self.command, now)


@dataclass(frozen=True, slots=True)
class Mutations:
    """The mutations of all viewers. One per process."""

    services: MutationServices
    runner: JournalRunner

    def journalled(self, entry: JournalEntry) -> RequestedMutation:
        """Return the mutation of a journal entry; raise KeyError if no mutation has its name."""
        # The scopes were checked before the entry was made, and may have changed since. The provider has been called.
        viewer = Viewer(entry.user_id, _ADMIN)
        mutation = MUTATIONS[entry.mutation]
        command = command_from_journal(mutation.command, entry.request, entry.idempotency_key)
        return RequestedMutation(mutation, command, Preconditions(viewer, Visibility.unrestricted(), self.services))

    def reconciler(self) -> Reconciler:
        return Reconciler(self.services.store, self.runner, self, self.services.now)


@dataclass(frozen=True, slots=True)
class ViewerMutations:
    """The mutations of one viewer. Implements `resolvers.context.Writes`."""

    mutations: Mutations
    viewer: Viewer
    visibility: Visibility

    async def run(self, command: Command[R]) -> R:
        self.viewer.require("write")
        name = NAMES[type(command)]
        mutation: Mutation[R] = MUTATIONS[name]
        requested = RequestedMutation(mutation, command, self._preconditions)
        try:
            done = await self.mutations.runner.run(Intent.of(self.viewer, name, command), requested)
        except NotSupported as error:
            error.path = error.path or _path_to_subject(command)
            raise
        return mutation.write.result(done)

    def send_refusal(self, account: Account) -> ErrorCode | None:
        return self._refusal(partial(sender_of, self._preconditions, account))

    def meeting_actions(self, meeting: Meeting, account: Account | None) -> tuple[MeetingAction, ...]:
        now = self.mutations.services.now()
        return tuple(
            action
            for action, capability in CAPABILITIES.items()
            if self._refusal(partial(able_to_change, capability, self._preconditions, meeting, account, now)) is None
        )

    @property
    def _preconditions(self) -> Preconditions:
        return Preconditions(self.viewer, self.visibility, self.mutations.services)

    def _refusal(self, check: Callable[[], object]) -> ErrorCode | None:
        """Return the code of the error that the viewer's mutation would be refused with by `check`, or before it."""
        try:
            self.viewer.require("write")
            check()
        except (ProviderError, Forbidden) as error:
            return error.code
        return None


def _path_to_subject(command: Command[Any]) -> tuple[str, str]:
    """Return the path of the field that names the object, or the provider, which lacks a capability: the first one."""
    first, *rest = fields(command)[0].name.split("_")
    return "input", first + "".join(map(str.capitalize, rest))
