"""Mutations, run for viewers."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from gateway.mutations.idempotency.reconciler import Reconciler
from gateway.mutations.idempotency.runner import Intent, JournalRunner, command_from_journal
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.table import MUTATIONS, NAMES, Mutation
from gateway.mutations.write import Write
from gateway.storage import JournalEntry, Visibility
from providers.domain.commands import Command
from providers.domain.errors import NotSupported
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
        command = command_from_journal(mutation.command, entry.request)
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
        preconditions = Preconditions(self.viewer, self.visibility, self.mutations.services)
        requested = RequestedMutation(mutation, command, preconditions)
        try:
            done = await self.mutations.runner.run(Intent.of(self.viewer, name, command), requested)
        except NotSupported as error:
            error.path = error.path or _path_to_subject(command)
            raise
        return mutation.write.result(done)


def _path_to_subject(command: Command[Any]) -> tuple[str, str]:
    """Return the path of the field that names the object, or the provider, which lacks a capability: the first one."""
    first, *rest = fields(command)[0].name.split("_")
    return "input", first + "".join(map(str.capitalize, rest))
