"""Pages that can't exist: bad cursors and sizes."""

from base64 import urlsafe_b64encode

import orjson
import pytest

from tests.bad_input.target import Target

_LISTS = ("accounts", "meetings", "contacts", "conversations", "messages")
_BELOW = {
    "account": ("ada", ("meetings", "contacts", "conversations")),
    "contact": ("contact", ("conversations",)),
    "conversation": ("conversation", ("messages",)),
}
_ARGUMENTS = [
    ("first: -1", "first"),
    ("first: 101", "first"),
    ("last: -1", "last"),
    ("last: 101", "last"),
    ("first: 1, last: 1", "last"),
    ('after: "garbage"', "after"),
    ('after: ""', "after"),
    ('before: "?"', "before"),
    ('first: 2, after: "W10"', "after"),
]


def _written(*parts: object) -> str:
    """A forged cursor in the right format."""
    return urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


async def _complaint(target: Target, field: str, document: str) -> str:
    answer = await target.client.ask(document)
    (error,) = answer["errors"]
    message: str = error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": [message.partition(": ")[0]]}
    assert error["path"][-1] == field
    return message


@pytest.mark.parametrize(("arguments", "named"), _ARGUMENTS)
@pytest.mark.parametrize("field", _LISTS)
async def test_a_page_that_there_cannot_be_names_its_argument(
    target: Target, field: str, arguments: str, named: str
) -> None:
    message = await _complaint(target, field, f"{{ {field}({arguments}) {{ nodes {{ id }} }} }}")

    assert message.startswith(f"{named}: ")


@pytest.mark.parametrize(("arguments", "named"), _ARGUMENTS)
@pytest.mark.parametrize(("getter", "parent", "field"), [(g, p, f) for g, (p, fs) in _BELOW.items() for f in fs])
async def test_a_page_below_something_names_its_argument(
    target: Target, getter: str, parent: str, field: str, arguments: str, named: str
) -> None:
    document = f'{{ {getter}(id: "{getattr(target, parent)}") {{ {field}({arguments}) {{ nodes {{ id }} }} }} }}'

    assert (await _complaint(target, field, document)).startswith(f"{named}: ")


@pytest.mark.parametrize("field", _LISTS)
async def test_a_cursor_of_another_list_is_refused(target: Target, field: str) -> None:
    for other in _LISTS:
        if other != field:
            data = await target.client.data(f"{{ {other}(first: 1) {{ pageInfo {{ endCursor }} }} }}")
            cursor = data[other]["pageInfo"]["endCursor"]
            message = await _complaint(target, field, f'{{ {field}(after: "{cursor}") {{ nodes {{ id }} }} }}')
            assert message.startswith("after: ")


async def test_a_cursor_of_the_other_order_is_refused(target: Target) -> None:
    data = await target.client.data("{ meetings(first: 1) { pageInfo { endCursor } } }")
    cursor = data["meetings"]["pageInfo"]["endCursor"]

    document = f'{{ meetings(orderBy: START_TIME_DESC, after: "{cursor}") {{ nodes {{ id }} }} }}'

    assert (await _complaint(target, "meetings", document)).startswith("after: ")


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize(
    ("field", "cursor"),
    [
        ("accounts", _written("accounts", "first")),
        ("accounts", _written("accounts", 1, 2)),
        ("accounts", _written("accounts", 2**64 - 1)),
        ("meetings", _written("meetings.START_TIME_ASC", "noon", "scope", "id")),
        ("meetings", _written("meetings.START_TIME_ASC", 1)),
        ("contacts", _written("contacts", 1, 2, 3, 4)),
        ("conversations", _written("conversations", "x")),
        ("messages", _written("messages", "x", "y", "z")),
        ("messages", _written("messages", 1.5, "y", "z")),
        ("messages", _written("messages", 1, "y\0", "z")),
        ("contacts", _written("contacts", "a\0", "b", "c", "d")),
    ],
)
async def test_a_forged_cursor_is_refused(target: Target, field: str, cursor: str, argument: str) -> None:
    message = await _complaint(target, field, f'{{ {field}({argument}: "{cursor}") {{ nodes {{ id }} }} }}')

    assert message.startswith(f"{argument}: ")


async def test_a_forged_cursor_below_something_is_refused(target: Target) -> None:
    cursor = _written("conversation.messages", "x", "y", "z")
    document = f'{{ conversation(id: "{target.conversation}") {{ messages(after: "{cursor}") {{ nodes {{ id }} }} }} }}'

    assert (await _complaint(target, "messages", document)).startswith("after: ")


@pytest.mark.parametrize("field", _LISTS)
async def test_a_page_of_nothing_is_empty(target: Target, field: str) -> None:
    data = await target.client.data(f"{{ {field}(first: 0) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}")

    assert data[field] == {"nodes": [], "pageInfo": {"hasNextPage": True}}


@pytest.mark.parametrize("field", _LISTS)
async def test_nothing_comes_before_the_first(target: Target, field: str) -> None:
    data = await target.client.data(f"{{ {field}(first: 1) {{ pageInfo {{ startCursor }} }} }}")
    cursor = data[field]["pageInfo"]["startCursor"]

    for size in ("first: 5", "last: 5"):
        data = await target.client.data(f'{{ {field}({size}, before: "{cursor}") {{ nodes {{ id }} }} }}')
        assert data[field]["nodes"] == []


@pytest.mark.parametrize("after", ["garbage", "", "ZmVlZDo", "ZmVlZDotMQ", "ZmVlZDo5OTk5OTk"])
async def test_a_subscription_after_no_event_is_refused(target: Target, after: str) -> None:
    async with target.client.websocket() as socket:
        payload = {"query": f'subscription {{ accountChanged(after: "{after}") {{ id }} }}'}
        await socket.say(id="1", type="subscribe", payload=payload)
        message = await socket.hear()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["after"]}
    assert message["payload"][0]["message"].startswith("after: ")
