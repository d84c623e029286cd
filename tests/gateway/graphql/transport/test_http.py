from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import Server, serve

GRAPHQL = "application/graphql-response+json"


async def post(client: httpx.AsyncClient, query: str, accept: str = GRAPHQL, **rest: object) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **rest}, headers={"Accept": accept})


async def test_a_query_is_answered(client: httpx.AsyncClient) -> None:
    answer = await post(client, "query Q($text: String!) { user value echo(text: $text) }", variables={"text": "hé"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert answer.json() == {"data": {"user": "ada", "value": 0, "echo": "hé"}}


async def test_a_mutation_is_done(client: httpx.AsyncClient, server: Server) -> None:
    answer = await post(client, "mutation { setValue(value: 7) }")

    assert answer.json() == {"data": {"setValue": 7}}
    assert server.world.value == 7


async def test_an_operation_is_chosen_by_its_name(client: httpx.AsyncClient) -> None:
    document = "query A { user } query B { value }"

    assert (await post(client, document, operationName="B")).json() == {"data": {"value": 0}}
    for name in (None, "C"):
        refused = await post(client, document, operationName=name)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_query_may_come_by_get(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/graphql",
        params={"query": "query Q($t: String!) { echo(text: $t) }", "variables": '{"t": "a&b"}', "operationName": "Q"},
    )

    assert answer.json() == {"data": {"echo": "a&b"}}


async def test_a_mutation_by_get_is_refused_and_not_done(client: httpx.AsyncClient, server: Server) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { setValue(value: 7) }"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert server.world.value == 0


async def test_the_response_has_the_requested_media_type(client: httpx.AsyncClient) -> None:
    for media_type in (GRAPHQL, "application/json"):
        answer = await post(client, "{ user }", media_type)
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert (await post(client, "{ user }", "image/png")).status_code == 406


INVALID = [
    ("{", None, "GRAPHQL_PARSE_FAILED"),
    ("{ " + "a " * 2001 + "}", None, "GRAPHQL_PARSE_FAILED"),
    ("{ a" * 900 + "}" * 900, None, "GRAPHQL_PARSE_FAILED"),
    ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
    ("fragment F on Query { user }", None, "GRAPHQL_VALIDATION_FAILED"),
    ("query Q($t: String!) { echo(text: $t) }", {"t": None}, "BAD_USER_INPUT"),
    ('query Q($at: DateTime!) { echo(text: "", at: $at) }', {"at": "yesterday"}, "BAD_USER_INPUT"),
]


async def test_a_request_error_is_400_without_data_or_200_in_the_old_media_type(
    client: httpx.AsyncClient,
) -> None:
    for query, variables, code in INVALID:
        new = await post(client, query, variables=variables)
        old = await post(client, query, "application/json", variables=variables)

        assert (new.status_code, old.status_code) == (400, 200)
        assert new.json() == old.json()
        assert new.json().keys() == {"errors"}
        assert new.json()["errors"][0]["extensions"]["code"] == code


async def test_a_malformed_request_is_400(client: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b"{}", b'{"query": 7}', b"\xff", b"[" * 100_000):
        answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_only_json_executes(client: httpx.AsyncClient, server: Server) -> None:
    """A page of any origin can send the other content types without a preflight."""
    body = b'{"query": "mutation { setValue(value: 7) }"}'
    for content_type in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await client.post("/graphql", content=body, headers={"Content-Type": content_type})
        assert answer.status_code == 415
    assert server.world.value == 0


async def test_pages_of_other_origins_may_not_even_query(client: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await client.get("/graphql", params={"query": "{ user }"}, headers=headers)

    assert answer.status_code == 403


async def test_an_error_of_a_field_leaves_the_rest(client: httpx.AsyncClient) -> None:
    answer = await post(client, "{ user brokenOrNull }")

    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"user": "ada", "brokenOrNull": None},
        "errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}],
    }


async def test_an_error_that_nulls_all_data_still_is_a_response_with_200(client: httpx.AsyncClient) -> None:
    answer = await post(client, "{ user broken }")

    assert answer.status_code == 200
    assert answer.json()["data"] is None


async def test_other_methods_are_refused(client: httpx.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        answer = await client.request(method, "/graphql")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_request_is_503_while_credentials_can_not_be_verified(
    client: httpx.AsyncClient, server: Server
) -> None:
    server.world.key_service_down = True

    answer = await post(client, "{ user }")

    assert (answer.status_code, answer.headers.get("www-authenticate")) == (503, None)
    assert answer.json() == {
        "errors": [{"message": "Tokens can't be verified now.", "extensions": {"code": "UNAVAILABLE"}}]
    }


async def test_a_bad_token_is_401_with_a_graphql_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ user }"}, headers={"Authorization": "Bearer bad"})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {
        "errors": [{"message": "The token is not good.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


async def test_a_body_that_is_too_large_is_413() -> None:
    async with serve(GraphqlLimits(body=100)) as server, server.client() as client:
        announced = await post(client, "{ user }" + " " * 100)
        unannounced = await client.post("/graphql", content=_chunks(101), headers={"Content-Type": "application/json"})
        fitting = await client.post("/graphql", content=_chunks(100), headers={"Content-Type": "application/json"})

    assert (announced.status_code, unannounced.status_code, fitting.status_code) == (413, 413, 200)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_client_that_sends_far_too_much_reads_the_error(chunked: bool) -> None:
    size = 8_000_000
    content: AsyncIterator[bytes] | bytes = _chunks(size) if chunked else b" " * size
    async with serve() as server, server.client() as client:
        answer = await client.post("/graphql", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["message"] == "A request must not exceed 262144 bytes."


async def _chunks(size: int) -> AsyncIterator[bytes]:
    body = b'{"query": "{ user }"}'
    yield body
    yield b" " * (size - len(body))


async def test_responses_are_not_stored_by_caches(client: httpx.AsyncClient) -> None:
    answer = await post(client, "{ user }")

    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept, Accept-Encoding")


async def test_a_subscription_needs_a_stream(client: httpx.AsyncClient) -> None:
    answer = await post(client, "subscription { valueChanged }")

    assert answer.status_code == 406


async def test_an_unexpected_exception_is_500_and_reported(server: Server, client: httpx.AsyncClient) -> None:
    server.world.token_lifetime = "no duration"  # type: ignore[assignment]
    answer = await post(client, "{ user }")

    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]}
    assert isinstance(server.world.reported[-1].original_error, TypeError)


async def test_a_value_that_json_can_not_express_is_500(client: httpx.AsyncClient) -> None:
    answer = await post(client, "{ unspeakable }")

    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]}
