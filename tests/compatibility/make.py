"""Make a store as this version writes it, with the ids and cursors that it gives out.

Run as `python -m tests.compatibility.make FOLDER` with the version whose store is wanted; later versions must read it.
"""

import asyncio
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.testkit.client import Client, Json
from tests.testkit.plain_http import plain_http
from tests.testkit.ringplan import RingPlan
from tests.testkit.server import run, serving

CONFIGURATION = """
[providers.local]
[providers.ringplan]
api_url = "{sandbox}/ringplan"
login_url = "{sandbox}/ringplan-login"
"""
PAGE = """query ($id: ID!) {
    conversation(id: $id) { messages(first: 2) { nodes { id text } pageInfo { endCursor } } } }"""


async def fill(client: Client, clock: datetime) -> Json:
    """The answers that a later version has to repeat, and what to ask for again."""
    connected = await client.do("connectAccount", "account { id phoneNumbers { number } }", provider="local")
    other = await client.do("connectAccount", "account { id phoneNumbers { number } }", provider="local")
    account, number = connected["account"]["id"], connected["account"]["phoneNumbers"][0]["number"]
    receiver = other["account"]["phoneNumbers"][0]["number"]
    meeting = {
        "accountId": account,
        "title": "Design review",
        "startTime": (clock + timedelta(days=30)).replace(microsecond=0).isoformat(),
        "durationMinutes": 45,
        "timeZone": "Europe/Berlin",
        "participants": [{"email": "grace@example.com", "firstName": "Grace"}],
        "idempotencyKey": "meeting-1",
    }
    scheduled = await client.do("scheduleMeeting", "meeting { id title joinUrl }", **meeting)
    person = {"accountId": account, "firstName": "Grace", "lastName": "Hopper", "number": receiver}
    contact = await client.do("createContact", "contact { id }", **person, idempotencyKey="contact-1")
    numbers = {"contactId": contact["contact"]["id"], "fromNumber": number}
    conversation = await client.do("createConversation", "conversation { id }", **numbers)
    conversation_id = conversation["conversation"]["id"]
    texts = [{"conversationId": conversation_id, "text": f"text {n}", "idempotencyKey": f"text-{n}"} for n in range(5)]
    subscription = "subscription ($id: ID!) { messageAdded(accountId: $id) { text } }"
    async with client.subscribed(subscription, id=account) as socket:
        sent = [await client.do("sendMessage", "message { id text }", **text) for text in texts]
        events = [await socket.event() for _ in texts]
    page = await client.data(PAGE, id=conversation_id)
    return {
        "made_at": clock.isoformat(),
        "account": account,
        "meeting": {"input": meeting, "payload": scheduled},
        "contact": contact["contact"]["id"],
        "texts": [{"input": text, "payload": payload} for text, payload in zip(texts, sent, strict=True)],
        "page": page["conversation"]["messages"],
        "event_cursor": events[1]["extensions"]["cursor"],
        "events_after": [each["data"]["messageAdded"]["text"] for each in events[2:]],
    }


async def lose(client: Client, ringplan: RingPlan, clock: datetime) -> Json:
    """A write whose answer is lost: it stays in the journal as unknown."""
    person = await ringplan.person()
    connected = await client.do("connectAccount", "account { id }", provider="ringplan", **person.tokens)
    await ringplan.fail("*", cut=True, times=50)
    meeting = {
        "accountId": connected["account"]["id"],
        "title": "Lost",
        "startTime": (clock + timedelta(days=31)).replace(microsecond=0).isoformat(),
        "durationMinutes": 30,
        "timeZone": "UTC",
        "idempotencyKey": "lost-1",
    }
    errors = await client.refusals("scheduleMeeting", "meeting { id }", **meeting)
    return {"input": meeting, "code": errors[0]["code"]}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        with (
            serving(work, command="sandbox") as sandbox,
            serving(work, CONFIGURATION.format(sandbox=sandbox.url)) as gateway,
        ):
            answers = asyncio.run(ask(gateway.url, sandbox.url))
            key = run("key", "create", "--user", "local", "--config", "switchboard.toml", folder=work)
            answers["api_key"] = key.stdout.splitlines()[-1]
            gateway.kill()
        for name in ("switchboard", "local"):
            with closing(sqlite3.connect(work / f"{name}.db")) as database:
                database.execute("VACUUM INTO ?", [str(folder / f"{name}.sqlite")])
        shutil.copy(work / "switchboard.db.key", folder / "key")
    (folder / "answers.json").write_text(json.dumps(answers, indent=1))


async def ask(gateway: str, sandbox: str) -> Json:
    clock = datetime.now(UTC)
    async with Client(gateway) as client, plain_http(base_url=sandbox) as http:
        answers = await fill(client, clock)
        answers["lost"] = await lose(client, RingPlan(http), clock)
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]))
