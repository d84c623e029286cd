"""Transactions and statements of a mutation: each transaction is an fsync."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.gateway.storage.conftest import opened
from tests.testkit.client import Client
from tests.testkit.served import served
from tests.testkit.statements import statements_of_all_stores

_ACCOUNT = "account { id phoneNumbers { number } }"
_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
_TURN = "SELECT pg_advisory_xact_lock"


@pytest.fixture
async def client(tmp_path: Path, database_url: str) -> AsyncIterator[Client]:
    store = f'[store]\nurl = "{database_url}"\nencryption_keys = ["{_KEY}"]\n'
    async with served(tmp_path, store) as gateway, gateway.client() as client:
        yield client


async def conversation(client: Client) -> str:
    """A conversation at the embedded provider, with one message."""
    ann, bob = [(await client.do("connectAccount", _ACCOUNT, provider="local"))["account"] for _ in range(2)]
    number, own = bob["phoneNumbers"][0]["number"], ann["phoneNumbers"][0]["number"]
    person = {"accountId": ann["id"], "firstName": "Bob", "lastName": "Baker", "number": number}
    contact = (await client.do("createContact", "contact { id }", **person))["contact"]["id"]
    begun = await client.do("createConversation", "conversation { id }", contactId=contact, fromNumber=own)
    conversation_id: str = begun["conversation"]["id"]
    await send(client, conversation_id)
    return conversation_id


async def send(client: Client, conversation_id: str) -> None:
    text = {"conversationId": conversation_id, "text": "Hello", "idempotencyKey": uuid4().hex}
    await client.do("sendMessage", "message { id }", **text)


def is_begin(statement: str) -> bool:
    return statement.startswith(("BEGIN", _TURN))


async def test_a_text_takes_two_transactions_and_22_statements(client: Client) -> None:
    """The entry of the journal; then its outcome, the message, and what its recipient got."""
    to_bob = await conversation(client)

    with statements_of_all_stores() as sent:
        await send(client, to_bob)

    begins = [each for each in sent if is_begin(each)]
    assert len(begins) == 2
    assert len(sent) - len(begins) == 22, "\n".join(sent)


async def test_texts_that_are_sent_while_the_store_is_locked_share_a_transaction(
    client: Client, database_url: str
) -> None:
    """It has the entries of those that wait by then. The outcomes share transactions or not, as the calls end."""
    conversations = [await conversation(client) for _ in range(10)]

    async with opened(database_url) as other:
        with statements_of_all_stores() as sent:
            async with other.write():
                locked = len(sent)
                sending = [asyncio.create_task(send(client, each)) for each in conversations]
                while len(sent) < locked + 2 * len(conversations):
                    await client.data("{ viewer { userId } }")
            await asyncio.gather(*sending)

    entries = [place for place, each in enumerate(sent) if each.startswith("INSERT INTO journal")]
    assert len(entries) == len(conversations)
    assert sum(is_begin(each) for each in sent[entries[0] : entries[-1]]) <= 2
