"""A list over all accounts fetches exactly what is due, however many accounts and conversations there are."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from gateway.storage.values import to_microseconds
from tests.gateway.reads.lists import lists
from tests.testkit.client import Client
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import Paper
from tests.testkit.statements import statements_of_all_stores
from tests.testkit.steps import begun, connected, key_of

MANY = 10_500
MESSAGES = "{ messages(first: 3) { nodes { text } } }"
FOR_EVER = 2**62


@pytest.fixture
async def account(client: Client) -> str:
    """With a conversation, so that every list of it makes a call."""
    account = await connected(client)
    await begun(client, account)
    return account


async def calls_of(client: Client, paper: Paper, document: str, call: str) -> int:
    before = paper.calls[call]
    await client.data(document)
    return paper.calls[call] - before


@lists
async def test_a_list_is_fetched_at_first_and_when_it_is_too_old(
    client: Client, paper: Paper, clock: Clock, account: str, document: str, call: str, seconds: int
) -> None:
    clock.pass_by(timedelta(hours=1))
    fetched = []
    for passed in (0, seconds - 1, 1):
        clock.pass_by(timedelta(seconds=passed))
        fetched.append(await calls_of(client, paper, document, call))
    assert fetched == [1, 0, 1]


@lists
async def test_only_the_list_of_a_new_account_is_fetched(
    client: Client, paper: Paper, account: str, document: str, call: str, seconds: int
) -> None:
    del seconds
    await client.data(document)
    new = await connected(client)
    if call == "list_messages":
        await begun(client, new)
    assert await calls_of(client, paper, document, call) == 1


@lists
async def test_nothing_is_fetched_for_an_account_that_is_disconnected(
    client: Client, paper: Paper, clock: Clock, account: str, document: str, call: str, seconds: int
) -> None:
    del seconds
    await client.data(document)
    await client.do("disconnectAccount", accountId=account)
    clock.pass_by(timedelta(hours=1))
    assert await calls_of(client, paper, document, call) == 0


def add_accounts(path: str, like: str, count: int) -> None:
    """As many accounts like the one with the key, all of whose lists have just been read."""
    now = to_microseconds(NOON)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
            " INSERT INTO accounts (key, provider, user_id, external_id, service, status, connected_at, ordinal,"
            " phone_numbers_read_at, contacts_read_at, conversations_read_at, meetings_read_at, meetings_read_from,"
            " meetings_read_to) SELECT 'many-' || n, provider, user_id, 'many-' || n, service, status, connected_at,"
            " 1000 + n, :now, :now, :now, :now, 0, :for_ever FROM accounts, numbers WHERE key = :like",
            {"count": count, "like": like, "now": now, "for_ever": FOR_EVER},
        )
        connection.execute(
            "INSERT INTO read_log (provider, kind, source, start_time, end_time, read_at)"
            " SELECT provider, kind.value, accounts.key, 0, iif(kind.value = 'meetings', :for_ever, 0), :now"
            """ FROM accounts, json_each('["phone_numbers", "contacts", "conversations", "meetings"]') AS kind"""
            " WHERE accounts.key LIKE 'many-%'",
            {"now": now, "for_ever": FOR_EVER},
        )


def add_conversations(path: str, account: str, count: int) -> None:
    """As many conversations with a message each, all of which has just been read."""
    with closing(sqlite3.connect(path)) as connection, connection:
        values: dict[str, Any] = {"count": count, "key": account, "now": to_microseconds(NOON)}
        numbers = (
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count),"
            " owner AS (SELECT key, user_id FROM accounts WHERE key = :key)"
        )
        for insertion in (
            "INSERT INTO conversations (account_key, user_id, external_id, from_number, from_digits, has_history,"
            " messages_read_at, ordinal, synced_at, last_activity_at, has_messages)"
            f" {numbers} SELECT key, user_id, 'many-' || n, '', '', 0, :now, 1000 + n, :now, :now - n, 1"
            " FROM numbers, owner",
            "INSERT INTO messages (account_key, user_id, conversation_external_id, external_id, direction, status,"
            " text, search, from_number, to_number, created_at, sorted_at, listed)"
            f" {numbers} SELECT key, user_id, 'many-' || n, 'many-' || n, 'INBOUND', 'RECEIVED', 'Number ' || n, '',"
            " '', '', :now - n, :now - n, 1 FROM numbers, owner",
            "INSERT INTO message_coverage (account_key, user_id, conversation_external_id, complete)"
            f" {numbers} SELECT key, user_id, 'many-' || n, 1 FROM numbers, owner",
            "INSERT INTO read_log (provider, kind, source, start_time, end_time, read_at)"
            f" {numbers} SELECT 'paper', 'messages', key || '/many-' || n, 0, 0, :now FROM numbers, owner",
        ):
            connection.execute(insertion, values)


@lists
async def test_ten_thousand_accounts_of_which_nothing_is_due_are_not_loaded(
    client: Client, paper: Paper, account: str, sqlite_url: str, document: str, call: str, seconds: int
) -> None:
    del seconds
    await client.data(document)
    add_accounts(sqlite_url.removeprefix("sqlite:///"), key_of(account), MANY)
    with statements_of_all_stores() as sent:
        assert await calls_of(client, paper, document, call) == 0
    assert len(sent) <= 4


async def test_the_due_one_of_ten_thousand_conversations_is_fetched_and_none_is_left_out(
    client: Client, paper: Paper, account: str, sqlite_url: str
) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    await client.data(MESSAGES)
    add_conversations(path, key_of(account), MANY)
    newest = [f"Number {n}" for n in (1, 2, 3)]
    before = paper.calls["list_messages"]
    assert [each["text"] for each in (await client.data(MESSAGES))["messages"]["nodes"]] == newest
    assert paper.calls["list_messages"] == before

    with closing(sqlite3.connect(path)) as connection, connection:
        last = {"id": f"many-{MANY}"}
        connection.execute("UPDATE conversations SET messages_read_at = 0 WHERE external_id = :id", last)
        connection.execute("DELETE FROM read_log WHERE source LIKE '%/' || :id", last)
        connection.execute("UPDATE messages SET sorted_at = sorted_at + 3600000000 WHERE external_id = :id", last)
    texts = [each["text"] for each in (await client.data(MESSAGES))["messages"]["nodes"]]
    assert texts == [f"Number {MANY}", *newest[:2]]
    assert paper.calls["list_messages"] == before + 1


async def test_of_ten_thousand_conversations_the_due_one_is_fetched_for_their_order(
    client: Client, paper: Paper, account: str, sqlite_url: str
) -> None:
    document = "{ conversations(first: 3, orderBy: LAST_ACTIVITY_DESC) { nodes { externalId } } }"
    await client.data(document)
    add_conversations(sqlite_url.removeprefix("sqlite:///"), key_of(account), MANY)
    before = paper.calls["list_messages"]
    with statements_of_all_stores() as sent:
        nodes = (await client.data(document))["conversations"]["nodes"]
    assert [each["externalId"] for each in nodes] == ["conversation-1", "many-1", "many-2"]
    assert paper.calls["list_messages"] == before
    assert len(sent) == 3

    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection, connection:
        last = {"id": f"many-{MANY}"}
        connection.execute("UPDATE conversations SET messages_read_at = 0 WHERE external_id = :id", last)
        connection.execute("DELETE FROM read_log WHERE source LIKE '%/' || :id", last)
    await client.data(document)
    assert paper.calls["list_messages"] == before + 1
