import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.graphql.execution.document_cache import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    DocumentNotFound,
    PersistedDocuments,
)
from gateway.graphql.execution.operation import Operation
from tests.gateway.graphql.conftest import Server, serve

QUERY = "{ user }"
TRUSTED = {"who": QUERY, "all": "query Q($t: String!) { echo(text: $t) }"}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hashed(query: str, digest: str | None = None) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest or sha256(query)}}}


@pytest.fixture
async def trusted_only() -> AsyncIterator[httpx.AsyncClient]:
    async with serve(persisted=PersistedDocuments(TRUSTED, only_trusted=True)) as server, server.client() as client:
        yield client


async def code(client: httpx.AsyncClient, **payload: object) -> tuple[int, str]:
    headers = {"accept": "application/graphql-response+json"}
    answer = await client.post("/graphql", json=payload, headers=headers)
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def test_a_query_that_was_sent_with_its_hash_is_found_by_it(client: httpx.AsyncClient, server: Server) -> None:
    unknown = await client.post("/graphql", json=hashed(QUERY))
    assert unknown.status_code == 200
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    for payload in ({"query": QUERY, **hashed(QUERY)}, hashed(QUERY)):
        assert (await client.post("/graphql", json=payload)).json() == {"data": {"user": "ada"}}
    parameters = {"extensions": f'{{"persistedQuery":{{"version":1,"sha256Hash":"{sha256(QUERY)}"}}}}'}
    assert (await client.get("/graphql", params=parameters)).json() == {"data": {"user": "ada"}}


async def test_a_query_can_not_be_stored_under_the_hash_of_another(client: httpx.AsyncClient) -> None:
    assert await code(client, query=QUERY, **hashed("{ value }")) == (400, "BAD_USER_INPUT")
    assert await code(client, **hashed("{ value }")) == (200, "PERSISTED_QUERY_NOT_FOUND")


async def test_an_invalid_document_is_not_stored(client: httpx.AsyncClient) -> None:
    assert await code(client, query="{ nothing }", **hashed("{ nothing }")) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert await code(client, **hashed("{ nothing }")) == (200, "PERSISTED_QUERY_NOT_FOUND")


def test_only_the_last_queries_are_stored_and_no_huge_ones() -> None:
    documents = PersistedDocuments()
    operations = [_operation(f"{{ a{n} }}") for n in range(MAX_DOCUMENTS + 1)]
    for operation in [*operations, _operation("#" * (MAX_DOCUMENT_BYTES + 1))]:
        documents.store(operation)
    assert documents.source(Operation(sha256=operations[1].sha256)) == "{ a1 }"
    for evicted in (operations[0], _operation("#" * (MAX_DOCUMENT_BYTES + 1))):
        with pytest.raises(DocumentNotFound):
            documents.source(Operation(sha256=evicted.sha256))


def _operation(query: str) -> Operation:
    return Operation(query=query, sha256=sha256(query))


async def test_a_trusted_document_is_run_by_its_id(trusted_only: httpx.AsyncClient) -> None:
    answer = await trusted_only.post("/graphql", json={"documentId": "all", "variables": {"t": "x"}})
    assert answer.json() == {"data": {"echo": "x"}}
    assert (await trusted_only.get("/graphql", params={"documentId": "who"})).json() == {"data": {"user": "ada"}}
    assert (await trusted_only.post("/graphql", json=hashed("", "who"))).json() == {"data": {"user": "ada"}}


async def test_only_trusted_documents_run_if_the_operator_says_so(trusted_only: httpx.AsyncClient) -> None:
    assert await code(trusted_only, query=QUERY) == (400, "PERSISTED_QUERY_ID_REQUIRED")
    assert await code(trusted_only, query=QUERY, **hashed(QUERY)) == (400, "PERSISTED_QUERY_ID_REQUIRED")
    assert await code(trusted_only, **hashed(QUERY)) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")
    assert await code(trusted_only, documentId="other") == (400, "PERSISTED_QUERY_NOT_FOUND")


def test_a_query_that_is_sent_again_is_evicted_last() -> None:
    documents = PersistedDocuments()
    often = _operation(QUERY)
    for number in range(MAX_DOCUMENTS + 1):
        documents.store(_operation(f"{{ a{number} }}"))
        documents.store(often)
    assert documents.source(Operation(sha256=sha256(QUERY))) == QUERY
