from providers.domain.identity import provider_name
from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import LOCAL, Backend, page_of


async def test_configured_providers_are_listed() -> None:
    found = await answer(Backend(), "{ providers { name health capabilities } }")

    assert found["providers"] == [
        {"name": "local", "health": "AVAILABLE", "capabilities": ["LIST_MEETINGS", "SEND_MESSAGE"]}
    ]


async def test_a_provider_is_found_by_its_name_and_by_its_id() -> None:
    query = """query ($name: String!, $id: ID!) {
        provider(name: $name) { id name } node(id: $id) { __typename id ... on Provider { plugin } }
        nodes(ids: [$id, "local"]) { id }
    }"""
    found = await answer(Backend(), query, name="local", id=LOCAL.id)

    assert provider_name(LOCAL.id) == "local"
    assert found["provider"] == {"id": LOCAL.id, "name": "local"}
    assert found["node"] == {"__typename": "Provider", "id": LOCAL.id, "plugin": "local"}
    assert found["nodes"] == [{"id": LOCAL.id}, None]


async def test_a_provider_that_is_not_configured_is_null() -> None:
    removed = await answer(
        Backend(page=page_of([example.account(provider="gone")])),
        '{ provider(name: "gone") { id } accounts { nodes { provider { id } capabilities } } }',
    )
    [account] = removed["accounts"]["nodes"]
    found = await answer(Backend(), "query ($id: ID!) { node(id: $id) { id } }", id=account["provider"]["id"])

    assert (removed["provider"], found["node"]) == (None, None)
    assert account["capabilities"] == []


async def test_an_account_can_do_what_its_provider_can() -> None:
    found = await answer(Backend(page=page_of([example.account()])), "{ accounts { nodes { capabilities } } }")

    assert found["accounts"]["nodes"] == [{"capabilities": ["LIST_MEETINGS", "SEND_MESSAGE"]}]
