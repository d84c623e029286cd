import pytest

from gateway.graphql.transport.request import Origins, RequestHead


def head(headers: dict[str, str]) -> RequestHead:
    raw = [(name.encode(), value.encode()) for name, value in {"host": "gateway.example.com", **headers}.items()]
    return RequestHead({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://gateway.example.com"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://app.example.com"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "https://other.example.com"}, False),
        ({"origin": "https://other.example.com"}, False),
        ({"origin": "https://app.example.com:8443"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_only_own_pages_allowed_pages_and_programs_are_admitted(headers: dict[str, str], admitted: bool) -> None:
    assert Origins(["https://app.example.com"]).admits(head(headers)) is admitted
