import orjson
import pytest
from pydantic import TypeAdapter

from providers.http import Answer
from providers.ringplan.client import Body, PageSizes, pages, unparsed_pages


@pytest.mark.parametrize(
    ("sizes", "first", "fetched"),
    [([0], 1, [1]), ([19], 1, [1]), ([20, 0], 1, [1, 2]), ([20, 20, 3], 1, [1, 2, 3]), ([20, 3], 4, [4, 5])],
)
async def test_a_page_that_is_not_full_is_the_last_page(sizes: list[int], first: int, fetched: list[int]) -> None:
    numbers = []

    async def fetch(number: int) -> list[tuple[int, int]]:
        numbers.append(number)
        return [(number, place) for place in range(sizes[number - first])]

    assert [len(page) async for page in pages(fetch, first)] == sizes
    assert numbers == fetched


async def test_a_repeated_page_counts_as_empty() -> None:
    async def fetch(_: int) -> list[int]:
        return list(range(50))

    assert [len(page) async for page in pages(fetch)] == [50, 0]


NUMBERS = TypeAdapter(list[int])


def a_page(items: list[int]) -> Body[list[int]]:
    return Body(Answer(status=200, headers={}, body=orjson.dumps(items)), NUMBERS, "ringplan")


@pytest.mark.parametrize(
    ("sizes", "fetched"), [([0], 1), ([19], 1), ([20, 0], 2), ([20, 20, 3], 3), ([20, 20, 20, 1], 4)]
)
async def test_unparsed_pages_end_where_parsed_ones_do(sizes: list[int], fetched: int) -> None:
    numbers = []

    async def fetch(number: int) -> Body[list[int]]:
        numbers.append(number)
        return a_page([number] * sizes[number - 1])

    found = await unparsed_pages(fetch, PageSizes())

    assert [len(page.value) for page in found] == sizes
    assert len(numbers) == fetched


async def test_a_repeated_unparsed_page_is_left_out() -> None:
    async def fetch(_: int) -> Body[list[int]]:
        return a_page(list(range(50)))

    assert len(await unparsed_pages(fetch, PageSizes())) == 1


async def test_pages_of_known_sizes_are_not_parsed() -> None:
    async def fetch(number: int) -> Body[list[int]]:
        return a_page([number] * (20 if number == 1 else 3))

    sizes = PageSizes()
    await unparsed_pages(fetch, sizes)

    assert not [page for page in await unparsed_pages(fetch, sizes) if "value" in vars(page)]
