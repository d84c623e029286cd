"""The second recipe of docs/testing.md: a test of a gateway over HTTP."""

from datetime import timedelta

from providers.domain.errors import Unavailable
from tests.testkit.client import Client, Json
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import connected

CONTACTS = "{ contacts { nodes { lastName } } }"


async def contacts(client: Client) -> Json:
    page: Json = (await client.data(CONTACTS))["contacts"]
    return page


async def test_stored_contacts_are_served_while_the_provider_is_down(
    client: Client, paper: Paper, clock: Clock
) -> None:
    account = await connected(client)
    await client.do("createContact", accountId=account, firstName="Grace", lastName="Hopper", number="+12025550187")
    assert await contacts(client) == {"nodes": [{"lastName": "Hopper"}]}

    clock.pass_by(timedelta(hours=1))
    paper.failures["list_contacts"] = Unavailable("The provider is down.", provider="paper")
    answer = await client.ask(CONTACTS)

    assert answer["data"]["contacts"] == {"nodes": [{"lastName": "Hopper"}]}
    assert [each["code"] for each in answer["extensions"]["stale"]] == ["UNAVAILABLE"]
