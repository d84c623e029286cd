import pytest

from providers.ringplan.paging import pages


@pytest.mark.parametrize(
    ("sizes", "first", "asked"),
    [([0], 1, [1]), ([19], 1, [1]), ([20, 0], 1, [1, 2]), ([20, 20, 3], 1, [1, 2, 3]), ([20, 3], 4, [4, 5])],
)
async def test_a_page_that_is_not_full_is_the_last(sizes: list[int], first: int, asked: list[int]) -> None:
    numbers = []

    async def fetch(number: int) -> list[tuple[int, int]]:
        numbers.append(number)
        return [(number, place) for place in range(sizes[number - first])]

    assert [len(page) async for page in pages(fetch, first)] == sizes
    assert numbers == asked


async def test_the_same_page_again_is_an_empty_one() -> None:
    async def fetch(_: int) -> list[int]:
        return list(range(50))

    assert [len(page) async for page in pages(fetch)] == [50, 0]
