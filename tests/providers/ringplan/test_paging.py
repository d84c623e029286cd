import pytest

from providers.ringplan.client import pages


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
