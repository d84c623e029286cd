from typing import Any

import pytest
from graphql import GraphQLError

from providers.domain.errors import (
    BadUserInput,
    DomainError,
    Forbidden,
    NotAuthorized,
    RateLimited,
    StoreUnavailable,
    Unavailable,
)
from resolvers.errors import format_error
from tests.resolvers.asking import REFERENCE, errors
from tests.resolvers.backend import Backend

CONTACTS = "{ contacts { nodes { id } } }"


@pytest.mark.parametrize(
    ("error", "extensions"),
    [
        (
            RateLimited("Slower, please.", provider="local", retry_after=1.2),
            {"code": "RATE_LIMITED", "provider": "local", "retryable": True, "retryAfterSeconds": 2},
        ),
        (
            Unavailable("It is down.", provider="local"),
            {"code": "UNAVAILABLE", "provider": "local", "retryable": True, "retryAfterSeconds": None},
        ),
        (
            NotAuthorized("Connect again."),
            {"code": "NOT_AUTHORIZED", "provider": None, "retryable": False, "retryAfterSeconds": None},
        ),
        (
            Forbidden("The scope read is required."),
            {"code": "FORBIDDEN", "provider": None, "retryable": False, "retryAfterSeconds": None},
        ),
        (
            StoreUnavailable("The store's disk is full."),
            {"code": "UNAVAILABLE", "provider": None, "retryable": True, "retryAfterSeconds": None},
        ),
        (
            BadUserInput("to: must be after from.", path=("filter", "to")),
            {"code": "BAD_USER_INPUT", "inputPath": ["filter", "to"]},
        ),
    ],
)
async def test_a_domain_error_has_the_extensions_that_clients_act_on(
    error: DomainError, extensions: dict[str, Any]
) -> None:
    [formatted] = await errors(Backend(page=error), CONTACTS)

    assert formatted["message"] == error.message
    assert formatted["extensions"] == extensions
    assert formatted["path"] == ["contacts"]
    assert formatted["locations"] == [{"line": 1, "column": 3}]


async def test_an_unexpected_exception_is_masked() -> None:
    [formatted] = await errors(Backend(page=RuntimeError("postgresql://user:secret@host")), CONTACTS)

    assert formatted["message"] == "Something went wrong."
    assert formatted["extensions"] == {"code": "INTERNAL", "reference": REFERENCE}
    assert "secret" not in str(formatted)


def test_an_unexpected_exception_is_reported() -> None:
    failure = RuntimeError("broken")
    reported: list[Exception] = []

    def report(error: Exception) -> str:
        reported.append(error)
        return REFERENCE

    format_error(GraphQLError("It failed.", path=["contacts"], original_error=failure), report)

    assert reported == [failure]


def test_an_error_of_graphql_core_during_execution_is_masked() -> None:
    formatted = format_error(
        GraphQLError("Enum 'X' cannot represent value: secret", path=["a"]), lambda _error: REFERENCE
    )

    assert formatted["extensions"] == {"code": "INTERNAL", "reference": REFERENCE}


def test_a_code_that_the_endpoint_chose_is_preserved() -> None:
    formatted = format_error(GraphQLError("Which?", extensions={"code": "BAD_USER_INPUT"}), lambda _error: REFERENCE)

    assert formatted["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_syntax_error_is_shown() -> None:
    [formatted] = await errors(Backend(), "{ contacts ")

    assert formatted["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert formatted["message"].startswith("Syntax Error")


@pytest.mark.parametrize(
    "query",
    [
        "{ nope }",
        "{ contacts }",
        "{ contact { id } }",
        '{ contacts(filter: {nope: "x"}) { totalCount } }',
        "query($x: Int) { viewer { userId } }",
        "query($x: Query) { viewer { userId } }",
        "query($x: String) { contacts(first: $x) { totalCount } }",
    ],
)
async def test_a_validation_error_is_shown(query: str) -> None:
    found = await errors(Backend(), query)

    assert {error["extensions"]["code"] for error in found} == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("query", "beginning", "path"),
    [
        ('{ contacts(first: "a") { totalCount } }', "first: Int cannot represent", ["first"]),
        ("{ contacts(first: 3000000000) { totalCount } }", "first: Int cannot represent", ["first"]),
        ("{ meetings(orderBy: LATEST) { totalCount } }", "orderBy: Value 'LATEST' does not exist", ["orderBy"]),
        ("{ nodes(ids: [1, 2.5]) { id } }", "ids: ID cannot represent", ["ids", "1"]),
        ('{ nodes(ids: ["1", "b", 2.5]) { id } }', "ids: ID cannot represent", ["ids", "2"]),
        ("query($x: [ID!]! = [1.5]) { nodes(ids: $x) { id } }", "x: ID cannot represent", ["x", "0"]),
        ("query($x: ID! = 1.5) { contact(id: $x) { id } }", "x: ID cannot represent", ["x"]),
        ("{ contact(id: null) { id } }", "id: ", ["id"]),
        (
            'query($x: ID!) { meetings(first: 5, filter: {text: "a", accountIds: [$x, "b", 1.5]}) { totalCount } }',
            "accountIds: ID cannot represent",
            ["filter", "accountIds", "2"],
        ),
        (
            'mutation { scheduleMeeting(input: {participants: [{email: "a", userId: "b"}, {userId: "c", email: 1}], '
            'accountId: "a", title: "t", startTime: "s"}) { userErrors { code } } }',
            "email: String cannot represent",
            ["input", "participants", "1", "email"],
        ),
    ],
)
async def test_an_error_names_the_literal_of_the_wrong_type(query: str, beginning: str, path: list[str]) -> None:
    found = await errors(Backend(), query)

    assert found[0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}
    assert found[0]["message"].startswith(beginning)


async def test_a_list_in_place_of_a_scalar_has_no_path() -> None:
    found = await errors(Backend(), '{ contacts(filter: {text: ["a"]}) { totalCount } }')

    assert found[0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": []}
    assert found[0]["message"].startswith("String cannot represent")


async def test_an_error_names_a_literal_after_a_nested_one() -> None:
    found = await errors(Backend(), '{ nodes(ids: [{id: "1"}, 2.5]) { id } }')

    assert found[1]["message"].startswith("ids: ID cannot represent")


async def test_an_error_about_an_unknown_field_does_not_repeat_other_input() -> None:
    [formatted] = await errors(Backend(), '{ contacts(filter: {text: "a secret", nope: 1}) { totalCount } }')

    assert formatted["message"] == "Expected value of type 'ContactFilter' not to include unknown field 'nope'"


@pytest.mark.parametrize(
    ("variables", "message", "path"),
    [
        (
            {},
            "Variable '$f' has invalid value: Expected a value of non-null type 'MeetingFilter!' to be provided.",
            ["filter"],
        ),
        (
            {"f": {"providers": ["local", 7]}},
            "Variable '$f' has invalid value at .providers[1]: String cannot represent a non string value",
            ["filter", "providers", "1"],
        ),
        (
            {"f": {"text": "a secret", "nope": 1}},
            (
                "Variable '$f' has invalid value: "
                "Expected value of type 'MeetingFilter' not to include unknown field 'nope'"
            ),
            ["filter"],
        ),
        (
            {"f": {"text": ["a\nsecret"]}},
            "Variable '$f' has invalid value at .text: String cannot represent a non string value",
            ["filter", "text"],
        ),
    ],
)
async def test_an_error_names_the_variable_of_the_wrong_type(
    variables: dict[str, Any], message: str, path: list[str]
) -> None:
    [formatted] = await errors(
        Backend(), "query($f: MeetingFilter!) { meetings(filter: $f) { totalCount } }", **variables
    )

    assert formatted["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}
    assert formatted["message"] == message


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("query($x: Int) { contacts { nodes { conversations(last: $x) { totalCount } } } }", ["last"]),
        ("query($x: Int) { ...F } fragment F on Query { contacts(first: $x) { totalCount } }", ["first"]),
        ('query($x: ID!) { nodes(ids: ["a", $x]) { id } }', ["ids", "1"]),
        ("query($x: [ID!]) { messages(filter: { accountIds: $x }) { totalCount } }", ["filter", "accountIds"]),
        ("query($x: Boolean!) { viewer { userId @include(if: $x) } }", ["x"]),
    ],
)
async def test_an_error_names_the_argument_that_uses_the_variable(query: str, path: list[str]) -> None:
    [formatted] = await errors(Backend(), query, x={"a": "secret"})

    assert formatted["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}
    assert "secret" not in formatted["message"]
