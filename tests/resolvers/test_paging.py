import re

import pytest

from providers.domain.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageRequest
from resolvers.cursor import long_form, write_cursor
from resolvers.schema import schema
from tests.resolvers import example
from tests.resolvers.asking import answer, errors
from tests.resolvers.backend import Backend, page_of


async def asked(arguments: str) -> PageRequest:
    backend = Backend()
    await answer(backend, f"{{ contacts{arguments} {{ nodes {{ id }} }} }}")
    request: PageRequest = backend.asked[0][2]
    return request


async def test_a_page_has_twenty_rows_by_default() -> None:
    assert await asked("") == PageRequest(limit=20)


@pytest.mark.parametrize("limit", [0, 1, 100])
async def test_pages_can_be_requested_from_either_end(limit: int) -> None:
    assert await asked(f"(first: {limit})") == PageRequest(limit=limit)
    assert await asked(f"(last: {limit})") == PageRequest(limit=limit, backward=True)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("first: -1", "first"),
        ("first: 101", "first"),
        ("last: -1", "last"),
        ("last: 101", "last"),
        ("first: 1, last: 1", "last"),
        ('after: "garbage"', "after"),
        ('after: ""', "after"),
        ('before: "W10"', "before"),
        ('before: "ü"', "before"),
        (f'after: "{write_cursor("messages", (1, "x"))}"', "after"),
        (f'after: "{long_form("messages", (1, "x"))}"', "after"),
        (f'after: "{long_form("contacts", ())}"', "after"),
        (f'after: "{long_form("contacts", (True,))}"', "after"),
        (f'after: "{long_form("contacts", (1,))}="', "after"),
        (f'after: "{write_cursor("contacts", (1,))}="', "after"),
    ],
)
async def test_invalid_page_arguments_are_refused(arguments: str, argument: str) -> None:
    backend = Backend()

    [error] = await errors(backend, f"{{ contacts({arguments}) {{ nodes {{ id }} }} }}")

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": [argument]}
    assert error["message"].startswith(f"{argument}: ")
    assert backend.asked == []


async def test_a_cursor_identifies_its_row() -> None:
    backend = Backend(page=page_of([example.contact("c-1"), example.contact("c-2")], has_next=True))
    first = await answer(backend, "{ contacts { edges { cursor node { externalId } } pageInfo { endCursor } } }")
    edge = first["contacts"]["edges"][1]

    await answer(backend, "query($c: String) { contacts(after: $c, before: $c) { nodes { id } } }", c=edge["cursor"])

    assert edge["node"] == {"externalId": "c-2"}
    assert edge["cursor"] == first["contacts"]["pageInfo"]["endCursor"]
    assert backend.asked[1][2] == PageRequest(limit=20, after=(1, "id-1"), before=(1, "id-1"))


async def test_a_cursor_of_an_earlier_version_identifies_its_row() -> None:
    backend = Backend()

    cursor = long_form("contacts", ("lee", "ann", "c-1", "a-1"))
    await answer(backend, f'{{ contacts(orderBy: NAME_ASC, after: "{cursor}") {{ nodes {{ id }} }} }}')

    assert backend.asked[0][2] == PageRequest(limit=20, after=("lee", "ann", "c-1", "a-1"))


@pytest.mark.parametrize("other", ["START_TIME_DESC", "START_TIME_ASC"])
async def test_a_cursor_is_valid_only_for_the_order_of_its_list(other: str) -> None:
    own = "START_TIME_ASC" if other == "START_TIME_DESC" else "START_TIME_DESC"
    backend = Backend(page=page_of([example.meeting()]))
    query = "query($o: MeetingOrder, $c: String) { meetings(orderBy: $o, after: $c) { pageInfo { endCursor } } }"
    cursor = (await answer(backend, query, o=own))["meetings"]["pageInfo"]["endCursor"]

    await answer(backend, query, o=own, c=cursor)
    [error] = await errors(backend, query, o=other, c=cursor)

    assert error["message"] == "after: is not a cursor of this list."


@pytest.mark.parametrize(
    ("argument", "sizes"), [("first", {DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE}), ("last", {MAX_PAGE_SIZE})]
)
def test_descriptions_state_the_sizes_that_apply(argument: str, sizes: set[int]) -> None:
    query = schema._schema.query_type
    assert query is not None
    description = query.fields["contacts"].args[argument].description

    assert {int(number) for number in re.findall(r"\d+", description or "")} == {0, *sizes}
