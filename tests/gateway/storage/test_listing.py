"""Pages, on a list of contacts that is sorted by last name."""

from collections.abc import Sequence

import pytest

from gateway.storage import Store, Visibility
from providers.domain.criteria import ContactCriteria
from providers.domain.entities import Contact
from providers.domain.errors import BadUserInput
from providers.domain.pages import Page, PageRequest, Position
from tests.testkit.sample import contact, keep_accounts
from tests.testkit.statements import statements


async def put(store: Store, names: Sequence[str]) -> None:
    async with store.write() as transaction:
        await store.contacts.put(transaction, [contact(name, first_name=None, last_name=name) for name in names])


async def page(store: Store, limit: int, **said: object) -> Page[Contact]:
    criteria = ContactCriteria(by_name=True)
    return await store.contacts.page(Visibility.unrestricted(), criteria, PageRequest(limit=limit, **said))  # type: ignore[arg-type]


def summary(page: Page[Contact]) -> tuple[str, bool, bool]:
    return "".join(each.external_id for each in page.nodes), page.has_previous, page.has_next


def at(name: str) -> Position:
    return (name, "", name, "acc-1")


@pytest.fixture
async def letters(store: Store) -> Store:
    await keep_accounts(store)
    await put(store, "bdfhj")
    return store


@pytest.mark.parametrize(
    ("limit", "after", "before", "backward", "expected"),
    [
        (2, None, None, False, ("bd", False, True)),
        (5, None, None, False, ("bdfhj", False, False)),
        (0, None, None, False, ("", False, True)),
        (2, "d", None, False, ("fh", True, True)),
        (2, "f", None, False, ("hj", True, False)),
        (2, "j", None, False, ("", True, False)),
        (2, "a", None, False, ("bd", False, True)),
        (2, "c", None, False, ("df", True, True)),
        (2, None, None, True, ("hj", True, False)),
        (5, None, None, True, ("bdfhj", False, False)),
        (2, None, "h", True, ("df", True, True)),
        (2, None, "f", True, ("bd", False, True)),
        (2, None, "z", True, ("hj", True, False)),
        (2, "b", "j", False, ("df", True, True)),
        (2, "b", "j", True, ("fh", True, True)),
        (9, "b", "j", False, ("dfh", True, True)),
        (9, "a", "z", False, ("bdfhj", False, False)),
        (9, "j", "b", False, ("", True, True)),
    ],
)
async def test_a_page_has_its_rows_and_knows_if_others_surround_them(
    letters: Store,
    limit: int,
    after: str | None,
    before: str | None,
    backward: bool,
    expected: tuple[str, bool, bool],
) -> None:
    positions = {"after": after and at(after), "before": before and at(before)}
    assert summary(await page(letters, limit, backward=backward, **positions)) == expected


async def test_pages_stay_right_while_rows_come_before_and_after_and_go(letters: Store) -> None:
    first = await page(letters, 2)
    await put(letters, "aeik")
    async with letters.write() as transaction:
        left = [contact(name, first_name=None, last_name=name) for name in "abefhijk"]
        await letters.contacts.replace_all(transaction, "acc-1", left)
    second = await page(letters, 2, after=first.positions[-1])
    assert summary(second) == ("ef", True, True)
    third = await page(letters, 10, after=second.positions[-1])
    assert summary(third) == ("hijk", True, False)
    back = await page(letters, 3, before=second.positions[0], backward=True)
    assert summary(back) == ("ab", False, True)


async def test_a_position_may_be_the_key_of_a_contact_while_there_is_one(letters: Store) -> None:
    assert summary(await page(letters, 2, after=("d", "acc-1"), before=("j", "acc-1"))) == ("fh", True, True)
    assert summary(await page(letters, 2, before=("h", "acc-1"), backward=True)) == ("df", True, True)
    for name in ("after", "before"):
        with pytest.raises(BadUserInput, match=f"{name}: the contact of this cursor no longer exists"):
            await page(letters, 2, **{name: ("e", "acc-1")})


async def test_a_position_of_a_contact_that_the_viewer_does_not_see_is_of_none(letters: Store) -> None:
    request = PageRequest(limit=2, after=("d", "acc-1"))
    with pytest.raises(BadUserInput, match="after: the contact of this cursor no longer exists"):
        await letters.contacts.page(Visibility.of("bob"), ContactCriteria(by_name=True), request)


async def test_the_first_page_is_one_statement_and_any_other_two(letters: Store) -> None:
    with statements(letters) as sent:
        await page(letters, 2)
    assert len(sent) == 1
    with statements(letters) as sent:
        await page(letters, 2, after=at("d"), before=at("j"))
    assert len(sent) == 2


async def test_the_whole_list_is_counted_on_request(letters: Store) -> None:
    second = await page(letters, 1, after=at("d"))
    await put(letters, "z")
    assert second.count is not None
    assert await second.count() == 6


@pytest.mark.parametrize(
    "position", [(), ("b",), ("b", "", "b"), ("b", "", "b", 1), (1, "", "b", "acc-1"), ("b", "", "b", "acc-1", "x")]
)
async def test_a_position_of_another_list_is_refused(letters: Store, position: Position) -> None:
    with pytest.raises(BadUserInput, match="after: is no cursor of this list"):
        await page(letters, 2, after=position)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, "1"])
async def test_a_number_that_no_row_can_have_is_refused(store: Store, number: int | str) -> None:
    with pytest.raises(BadUserInput, match="after: is no cursor of this list"):
        await store.conversations.pages_by_contact(
            Visibility.unrestricted(), [("acc-1", "c-1")], PageRequest(limit=1, after=(number,))
        )


@pytest.mark.parametrize("unfit", ["\x00", "b\x00", "\ud800"])
@pytest.mark.parametrize("place", [0, 2])
async def test_a_position_that_no_row_can_have_is_refused(letters: Store, unfit: str, place: int) -> None:
    position = [*at("b")]
    position[place] = unfit
    with pytest.raises(BadUserInput, match="after: is no cursor of this list"):
        await page(letters, 2, after=tuple(position))
