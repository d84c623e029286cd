from resolvers.connection import Listing
from resolvers.cursor import write_cursor
from tests.resolvers import example
from tests.resolvers.asking import answer, errors
from tests.resolvers.backend import Backend, page_of

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def count() -> int | None:
    return 7


async def failing_count() -> int | None:
    raise AssertionError("unexpected call")


async def test_page_info_has_the_position_of_the_page() -> None:
    backend = Backend(page=page_of([example.contact("c-1"), example.contact("c-2")], has_next=True, has_previous=True))

    found = await answer(backend, f"{{ contacts {{ {PAGE_INFO} }} }}")

    assert found["contacts"]["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": True,
        "startCursor": write_cursor("contacts.CREATED_DESC", (0, "id-0")),
        "endCursor": write_cursor("contacts.CREATED_DESC", (1, "id-1")),
    }


async def test_an_empty_page_has_no_cursors() -> None:
    found = await answer(Backend(page=page_of([], has_next=True)), f"{{ contacts {{ nodes {{ id }} {PAGE_INFO} }} }}")

    info = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert found["contacts"] == {"nodes": [], "pageInfo": info}


async def test_paging_continues_after_an_empty_page_with_an_end_position() -> None:
    found = await answer(Backend(page=page_of([], has_next=True, end=(5, "x"))), f"{{ contacts {{ {PAGE_INFO} }} }}")

    assert found["contacts"]["pageInfo"]["endCursor"] == write_cursor("contacts.CREATED_DESC", (5, "x"))


async def test_the_total_is_counted() -> None:
    found = await answer(Backend(page=page_of([], count=count)), "{ contacts { totalCount } }")

    assert found["contacts"]["totalCount"] == 7


async def test_the_total_is_null_if_it_is_unknown() -> None:
    assert (await answer(Backend(), "{ contacts { totalCount } }"))["contacts"]["totalCount"] is None


async def test_the_total_is_not_counted_unless_selected() -> None:
    backend = Backend(page=page_of([], count=failing_count))

    await answer(backend, "{ contacts { nodes { id } } }")
    [error] = await errors(backend, "{ contacts { totalCount } }")

    assert error["extensions"]["code"] == "INTERNAL"


def test_nodes_are_the_entities_of_the_page() -> None:
    contacts = [example.contact()]

    assert Listing("contacts", page_of(contacts)).nodes is contacts
