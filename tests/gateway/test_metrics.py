"""What is counted, read as Prometheus reads it."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from providers.errors import Unavailable
from tests.gateway.client import Client
from tests.gateway.paper import Paper
from tests.gateway.served import Served
from tests.gateway.steps import connected

Labels = dict[str, str]


async def samples(client: Client, name: str) -> list[tuple[Labels, float]]:
    answer = await client.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return [(each.labels, each.value) for family in families for each in family.samples if each.name == name]


async def value(client: Client, name: str, **labels: str) -> float:
    return next((value for found, value in await samples(client, name) if found == labels), 0.0)


async def operations(client: Client, kind: str, outcome: str) -> float:
    return await value(client, "switchboard_graphql_seconds_count", type=kind, outcome=outcome)


async def test_operations_are_counted_by_type_and_outcome(client: Client, paper: Paper) -> None:
    await connected(client)
    await client.data("{ viewer { userId } }")
    paper.failures["list_contacts"] = Unavailable("It is down.", provider="paper")
    await client.ask("{ contacts { totalCount } }")
    await client.ask("{ nothing }")
    await client.ask("query ($id: ID!) { node(id: $id) { id } }")
    assert await operations(client, "mutation", "ok") == 1
    assert await operations(client, "query", "ok") == 1
    assert await operations(client, "query", "errors") == 1
    assert await operations(client, "unknown", "refused") == 1
    assert await operations(client, "query", "refused") == 1


async def test_open_subscriptions_are_counted(client: Client) -> None:
    async with client.subscribed("subscription { accountChanged { id } }"):
        assert await value(client, "switchboard_subscriptions_open") == 1
    assert await value(client, "switchboard_graphql_seconds_count", type="query", outcome="ok") == 1


async def test_the_journal_and_the_feed_are_told(client: Client) -> None:
    await connected(client)
    await connected(client, "local")
    assert await value(client, "switchboard_feed_position") == 2
    entries = {labels["state"]: value for labels, value in await samples(client, "switchboard_journal_entries")}
    assert entries.keys() == {"pending", "done", "failed", "unknown", "absent"}
    assert await value(client, "switchboard_store_up") == 1


async def test_no_label_tells_who_asks_or_for_what(client: Client, gateway: Served, tmp_path: Path) -> None:
    account = await connected(client, "local")
    await client.data("query ($id: ID!) { account(id: $id) { id } }", id=account)
    text = (await client.http.get("/metrics")).text
    assert account not in text
    assert '"local"' not in text
    assert str(tmp_path) not in text
