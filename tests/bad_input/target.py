"""The target of bad input: a gateway with an object of every kind, which a refused mutation must not change."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.steps import conversation_with, met, number_of
from tests.testkit.world import World

_ENTITIES = ("accounts", "meetings", "phone_numbers", "contacts", "conversations", "messages", "feed")


@dataclass(frozen=True, slots=True)
class Target:
    """`ada` and `bob` are accounts of the viewer; the rest is Ada's."""

    folder: Path
    client: Client
    ada: str
    bob: str
    ada_number: str
    bob_number: str
    meeting: str
    contact: str
    conversation: str
    message: str

    def everything(self) -> list[str]:
        """Everything that is stored, here and at the provider."""
        return [*_rows(self.folder / "switchboard.db", _ENTITIES), *_rows(self.folder / "local.db")]

    async def refusals(self, mutation: str, /, **fields: object) -> list[tuple[str, list[str] | None]]:
        """Code and path of each user error of a mutation that changes nothing."""
        before = self.everything()
        errors = await self.client.refusals(mutation, **fields)
        assert self.everything() == before
        return [(error["code"], error["path"]) for error in errors]

    def schedule(self, **said: object) -> dict[str, Any]:
        """The input of a meeting, sound but for what is said."""
        usual = {"title": "Retrospective", "startTime": iso(hours=24), "durationMinutes": 45}
        return {"accountId": self.ada, **usual, **said}


def iso(**later: float) -> str:
    """A time after that of the gateway's clock."""
    return (NOON + timedelta(**later)).isoformat()


async def furnished(world: World, folder: Path) -> Target:
    """Create the objects in a world with the embedded provider, whose files are in `folder`."""
    client = world.client
    ada, bob = [await world.connected("local") for _ in range(2)]
    ada_number, bob_number = [await number_of(client, account) for account in (ada, bob)]
    times = {"startTime": iso(hours=2), "durationMinutes": 30}
    scheduled = await client.do("scheduleMeeting", "meeting { id }", accountId=ada, title="Review", **times)
    contact = await met(client, ada, bob_number, "Bob")
    conversation = await conversation_with(client, ada, contact)
    sent = await client.do("sendMessage", "message { id }", conversationId=conversation, text="Hello")
    return Target(
        folder=folder,
        client=client,
        ada=ada,
        bob=bob,
        ada_number=ada_number,
        bob_number=bob_number,
        meeting=scheduled["meeting"]["id"],
        contact=contact,
        conversation=conversation,
        message=sent["message"]["id"],
    )


def _rows(path: Path, tables: tuple[str, ...] | None = None) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        if tables is None:
            return list(connection.iterdump())
        return [repr(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
