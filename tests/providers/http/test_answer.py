from datetime import UTC, datetime

import pytest

from providers.http import Answer

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Tue, 10 Mar 2026 12:00:30 GMT", 30.0),
        ("Tue, 10 Mar 2026 12:00:30 -0000", 30.0),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0.0),
        ("9" * 400, 86_400.0),
        ("soon", None),
        ("-7", None),
        ("", None),
    ],
)
def test_a_retry_after_is_a_number_of_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert Answer(status=429, headers={"retry-after": value}, body=b"").retry_after(NOON) == seconds


def test_without_the_header_retry_after_is_none() -> None:
    assert Answer(status=429, headers={}, body=b"").retry_after(NOON) is None


def test_a_body_is_parsed_once() -> None:
    answer = Answer(status=200, headers={}, body=b'{"id": [1]}')
    assert answer.is_json
    assert answer.json() is answer.json()
