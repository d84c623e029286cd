import pytest

from gateway.graphql.transport.negotiation import negotiate

GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json, multipart/mixed", "application/json"),
        ("Application/JSON ; charset=utf-8", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, application/json;q=0.9", "application/json"),
        (f"application/json, {GRAPHQL}", "application/json"),
        (f"{GRAPHQL}, application/graphql+json, application/json, text/event-stream, multipart/mixed", GRAPHQL),
        (f"application/json;q=0, {GRAPHQL};q=0.1", GRAPHQL),
        ("application/json;q=0, */*", GRAPHQL),
        ("", None),
        ("text/event-stream", None),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=much", None),
    ],
)
def test_of_the_two_media_types_the_one_that_is_liked_better_is_sent(
    accept: str | None, media_type: str | None
) -> None:
    assert negotiate(accept).json == media_type


@pytest.mark.parametrize(
    ("accept", "event_stream", "page"),
    [
        (None, False, False),
        ("*/*", False, False),
        ("text/event-stream", True, False),
        ("application/json, text/event-stream;q=0.5", True, False),
        ("text/event-stream;q=0", False, False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False, True),
    ],
)
def test_event_streams_and_pages_are_sent_only_if_accepted_by_name(
    accept: str | None, event_stream: bool, page: bool
) -> None:
    accepted = negotiate(accept)

    assert (accepted.event_stream, accepted.page) == (event_stream, page)
