"""A gateway with something of every kind in it, and what a refused mutation must leave as it was."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.served import Served, served

_ENTITIES = ("accounts", "meetings", "phone_numbers", "contacts", "conversations", "messages", "feed")


@dataclass(frozen=True, slots=True)
class World:
    """`ada` and `bob` are accounts of the viewer; the rest is Ada's."""

    folder: Path
    gateway: Served
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
        return [*_rows(self.folder / "store.db", _ENTITIES), *_rows(self.folder / "local.db")]

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


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    configuration = f"""
        [store]
        url = "sqlite:///{folder}/store.db"
        [providers.local]
        path = "{folder}/local.db"
    """
    async with served(folder, configuration) as gateway, gateway.client() as client:
        accounts = [await _account(client) for _ in range(2)]
        (ada, ada_number), (bob, bob_number) = accounts
        meeting = await client.do(
            "scheduleMeeting",
            "meeting { id }",
            accountId=ada,
            title="Review",
            startTime=iso(hours=2),
            durationMinutes=30,
        )
        contact = await client.do(
            "createContact", "contact { id }", accountId=ada, firstName="Bob", lastName="Baker", number=bob_number
        )
        conversation = await client.do(
            "createConversation", "conversation { id }", contactId=contact["contact"]["id"], fromNumber=ada_number
        )
        message = await client.do(
            "sendMessage", "message { id }", conversationId=conversation["conversation"]["id"], text="Hello"
        )
        yield World(
            folder=folder,
            gateway=gateway,
            client=client,
            ada=ada,
            bob=bob,
            ada_number=ada_number,
            bob_number=bob_number,
            meeting=meeting["meeting"]["id"],
            contact=contact["contact"]["id"],
            conversation=conversation["conversation"]["id"],
            message=message["message"]["id"],
        )


async def _account(client: Client) -> tuple[str, str]:
    payload = await client.do("connectAccount", "account { id phoneNumbers { number } }", provider="local")
    return payload["account"]["id"], payload["account"]["phoneNumbers"][0]["number"]


def _rows(path: Path, tables: tuple[str, ...] | None = None) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        if tables is None:
            return list(connection.iterdump())
        return [repr(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
