"""The client `gql`, which checks documents against the schema that it asks for."""

import asyncio

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.testkit.server import Server

VIEWER = gql("query Viewer { viewer { userId } }")
CONNECT = gql('mutation Connect { connectAccount(input: { provider: "local" }) { account { id } } }')
CHANGED = gql("subscription Changed($after: String) { accountChanged(after: $after) { id } }")


async def test_gql_queries_and_mutates_over_http(server: Server) -> None:
    transport = HTTPXAsyncTransport(f"{server.url}/graphql")
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert await session.execute(VIEWER) == {"viewer": {"userId": "local"}}
        assert (await session.execute(CONNECT))["connectAccount"]["account"]["id"]


async def test_gql_receives_errors(server: Server) -> None:
    async with Client(transport=HTTPXAsyncTransport(f"{server.url}/graphql")) as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ nothing }"))
    errors = refused.value.errors or []
    assert errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_gql_queries_and_subscribes_over_a_websocket(server: Server) -> None:
    transport = WebsocketsTransport(f"{server.websocket_url}/graphql")
    async with Client(transport=transport) as session:
        assert await session.execute(VIEWER) == {"viewer": {"userId": "local"}}
        events = session.subscribe(CHANGED)
        event = asyncio.ensure_future(anext(events))
        while not event.done():
            await session.execute(CONNECT)
            await asyncio.wait([event], timeout=0.05)
        assert (await event)["accountChanged"]["id"]
        await events.aclose()
