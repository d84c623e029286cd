"""The README is checked against the product: its tour is run word for word."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.testkit.forked import ROOT
from tests.testkit.server import Server, serving

README = (ROOT / "README.md").read_text()
PROTOCOL = Subprotocol("graphql-transport-ws")


def documents() -> dict[str, str]:
    """The tour's documents, by the name of their operation."""
    blocks = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    return {re.match(r"\w+ (\w+)", block).group(1): block for block in blocks}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("readme")) as running:
        yield running


def ask(server: Server, name: str, **variables: str) -> Any:
    """The data of one of the tour's documents; nothing may have gone wrong."""
    body = {"query": documents()[name], "variables": variables}
    answer = httpx.post(f"{server.url}/graphql", json=body, timeout=30).json()
    assert "errors" not in answer
    assert all(not payload.get("userErrors") for payload in answer["data"].values())
    return answer["data"]


async def listen(socket: ClientConnection, query: str, **variables: str) -> None:
    await socket.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    await socket.send(json.dumps({"type": "ping"}))
    assert json.loads(await socket.recv())["type"] == "pong"


async def test_the_tour_works_word_for_word(server: Server) -> None:
    accounts = ask(server, "Connect")
    ann, bob = accounts["ann"]["account"], accounts["bob"]["account"]
    meeting = ask(server, "Schedule", ann=ann["id"])["scheduleMeeting"]["meeting"]
    assert meeting["joinUrl"].startswith("https://meet.jit.si/")
    listed = ask(server, "Meetings")["meetings"]["nodes"]
    assert [each["title"] for each in listed] == ["Tea"]
    assert "METHOD:REQUEST" in listed[0]["icalendar"]
    contact = ask(server, "AddContact", ann=ann["id"], bobsNumber=bob["phoneNumbers"][0]["number"])
    conversation = ask(
        server,
        "Converse",
        contact=contact["createContact"]["contact"]["id"],
        annsNumber=ann["phoneNumbers"][0]["number"],
    )
    async with connect(f"{server.websocket_url}/graphql", subprotocols=[PROTOCOL]) as socket:
        await listen(socket, documents()["Listen"], bob=bob["id"])
        ask(server, "Send", conversation=conversation["createConversation"]["conversation"]["id"])
        arrived = json.loads(await socket.recv())["payload"]["data"]["messageAdded"]
    assert arrived["text"] == "Tea?"
    assert arrived["direction"] == "INBOUND"
    assert arrived["conversation"]["contact"]["number"] == ann["phoneNumbers"][0]["number"]


def test_the_tour_uses_every_document_of_the_readme() -> None:
    assert set(documents()) == {"Connect", "Schedule", "Meetings", "AddContact", "Converse", "Listen", "Send"}


def test_the_commands_are_those_of_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", README)) <= targets | {"are", "that"}


def test_the_folders_are_those_of_the_project() -> None:
    assert all(Path(ROOT, folder).is_dir() for folder in re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE))
