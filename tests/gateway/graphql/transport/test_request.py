from collections.abc import Callable

import pytest
from starlette.types import Message, Receive

from gateway.graphql.execution.operation import Operation
from gateway.graphql.transport.errors import RequestError
from gateway.graphql.transport.request import (
    RequestHead,
    operation_from_payload,
    payload_from_body,
    payload_from_query_string,
)


def head(content_type: str) -> RequestHead:
    return RequestHead({"type": "http", "headers": [(b"content-type", content_type.encode())]})


def receiving(*messages: Message) -> Receive:
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    return receive


def status_of(parse: Callable[[], object]) -> int:
    with pytest.raises(RequestError) as refusal:
        parse()
    return refusal.value.status


def test_a_payload_is_read_whole() -> None:
    extensions = {"c": 2, "persistedQuery": {"version": 1, "sha256Hash": "d1"}}
    payload = {"query": "{ a }", "operationName": "A", "variables": {"b": 1}, "extensions": extensions, "more": True}

    assert operation_from_payload(payload) == Operation(query="{ a }", sha256="d1", name="A", variables={"b": 1})


def test_null_parameters_count_as_absent() -> None:
    payload = {"query": "{ a }", "operationName": None, "variables": None, "extensions": None}

    assert operation_from_payload(payload) == Operation(query="{ a }")


@pytest.mark.parametrize("name", ["query", "documentId", "operationName", "variables", "extensions"])
@pytest.mark.parametrize("value", [0, False, ["array"]])
def test_a_member_of_another_type_is_refused(name: str, value: object) -> None:
    assert status_of(lambda: operation_from_payload({"query": "{ a }", name: value})) == 400


def test_a_query_string_is_read_whole() -> None:
    query_string = b"query=%7B+a+%7D&operationName=A&variables=%7B%22b%22%3A%22%C3%A9%22%7D&extensions=%7B%7D"

    assert operation_from_payload(payload_from_query_string(query_string)) == Operation(
        query="{ a }", name="A", variables={"b": "é"}
    )


@pytest.mark.parametrize(
    "query_string",
    [
        b"query={a}&variables=%7B%22b%22%3A%22half%20%5Cud83d%22%7D",
        b"query={a}&variables=%7B%22b%22%3A%22half%20%ED%A0%BD%22%7D",
    ],
)
def test_half_a_character_in_a_query_string_is_replaced(query_string: bytes) -> None:
    operation = operation_from_payload(payload_from_query_string(query_string))

    assert operation.variables == {"b": "half \ufffd"}


async def test_half_a_character_in_a_body_is_replaced() -> None:
    body = b'{"query": "{ a(b: \\"\\ud83d\\") }", "variables": {"b": "half \\ud83d"}}'
    receive = receiving({"type": "http.request", "body": body, "more_body": False})

    payload = await payload_from_body(head("application/json"), receive, 100)

    assert payload == {"query": '{ a(b: "\ufffd") }', "variables": {"b": "half \ufffd"}}


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"variables={}",
        b"query={a}&variables={",
        b"query={a}&variables=[]",
        b"query=%ff",
        b"query=\xff",
        b"query={a}" + b"&a=b" * 20,
    ],
)
def test_a_query_string_that_is_no_request_is_refused(query_string: bytes) -> None:
    assert status_of(lambda: operation_from_payload(payload_from_query_string(query_string))) == 400


@pytest.mark.parametrize("content_type", ["application/json", 'Application/JSON; Charset="UTF-8"'])
async def test_a_body_may_come_in_pieces(content_type: str) -> None:
    receive = receiving(
        {"type": "http.request", "body": b'{"query":', "more_body": True},
        {"type": "http.request", "body": b'"{ a }"}', "more_body": False},
    )

    assert await payload_from_body(head(content_type), receive, 17) == {"query": "{ a }"}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=latin-1", "application/jsonp"])
async def test_a_body_that_is_not_json_in_utf8_is_refused_unread(content_type: str) -> None:
    with pytest.raises(RequestError) as refusal:
        await payload_from_body(head(content_type), receiving(), 100)

    assert refusal.value.status == 415


async def test_a_body_that_ends_too_early_is_refused() -> None:
    with pytest.raises(RequestError):
        await payload_from_body(head("application/json"), receiving({"type": "http.disconnect"}), 100)
