import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.domain.text import decode_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb'"half \ud83d"', "half \ufffd"),
        (rb'"\ude00 half"', "\ufffd half"),
        (rb'"\uD83D\uD83D\uDE00"', "\ufffd\N{GRINNING FACE}"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'["\ud83dx", {"\udfff": 1}]', ["\ufffdx", {"\ufffd": 1}]),
        (b'"cut \xed\xa0\xbd"', "cut \ufffd"),
        (rb'"\u0000"', "\x00"),
        ('"half \ud83d"', "half \ufffd"),
        (r'"half \ud83d"', "half \ufffd"),
    ],
)
def test_a_lone_surrogate_is_replaced(text: bytes | str, value: object) -> None:
    assert decode_json(text) == value


@pytest.mark.parametrize("text", [b"", b"{", b'"\\ud83d', b'"\\ud8"', b'"\xff"', b"\x00\xff{]", b"[" * 10_000])
def test_invalid_json_raises_an_error(text: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        decode_json(text)


_TEXT = st.text(st.characters(exclude_categories=()))


@given(st.recursive(st.none() | st.booleans() | _TEXT, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner)))
def test_any_json_is_decoded_to_what_can_be_encoded_again(value: Any) -> None:
    decoded = decode_json(json.dumps(value))
    assert orjson.loads(orjson.dumps(decoded)) == decoded
