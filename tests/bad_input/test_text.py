"""Texts, addresses, numbers and URLs that are invalid or too long."""

import pytest

from tests.bad_input.target import Target


def _people(count: int) -> list[dict[str, object]]:
    return [{"email": f"person{number}@example.com"} for number in range(count)]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"title": ""}, ["title"]),
        ({"title": " \t\n"}, ["title"]),
        ({"title": "x" * 301}, ["title"]),
        ({"title": "a\0b"}, ["title"]),
        ({"description": "x" * 8_001}, ["description"]),
        ({"participants": [{"email": "nobody"}]}, ["participants", "0", "email"]),
        ({"participants": [{"email": ""}]}, ["participants", "0", "email"]),
        ({"participants": [{"email": "a@b@example.com"}]}, ["participants", "0", "email"]),
        ({"participants": [{"email": "ada@example"}]}, ["participants", "0", "email"]),
        ({"participants": [{"email": "ada@example.com\r\nBcc: x@example.com"}]}, ["participants", "0", "email"]),
        ({"participants": [*_people(2), {"email": "@example.com"}]}, ["participants", "2", "email"]),
        ({"participants": [{"email": "ada@example.com", "firstName": "x" * 201}]}, ["participants", "0", "firstName"]),
        ({"participants": _people(301)}, ["participants"]),
        ({"participants": [*_people(2), {"email": "person0@example.com"}]}, ["participants", "2", "email"]),
        ({"participants": [*_people(1), {"email": " PERSON0@EXAMPLE.com "}]}, ["participants", "1", "email"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
        ({"idempotencyKey": "x" * 256}, ["idempotencyKey"]),
        ({"idempotencyKey": "one\0"}, ["idempotencyKey"]),
        ({"idempotencyKey": "one\n"}, ["idempotencyKey"]),
        ({"idempotencyKey": "one\ufffd"}, ["idempotencyKey"]),
        ({"participants": [{"email": "ada@example.com", "userId": "ada\0"}]}, ["participants", "0", "userId"]),
        ({"participants": [{"email": "ada@example.com", "userId": "\x1fada"}]}, ["participants", "0", "userId"]),
    ],
)
async def test_a_meeting_with_unsound_words_is_refused(
    target: Target, said: dict[str, object], path: list[str]
) -> None:
    assert await target.refusals("scheduleMeeting", **target.schedule(**said)) == [("INVALID_INPUT", ["input", *path])]


async def test_all_faults_are_returned_together(target: Target) -> None:
    people = [{"email": "nobody"}, {"email": "ada@example.com"}]
    meeting = target.schedule(title="", durationMinutes=0, participants=people)

    refusals = await target.refusals("scheduleMeeting", **meeting)

    assert refusals == [
        ("INVALID_INPUT", ["input", "durationMinutes"]),
        ("INVALID_INPUT", ["input", "title"]),
        ("INVALID_INPUT", ["input", "participants", "0", "email"]),
    ]


async def test_300_participants_are_not_too_many(target: Target) -> None:
    refusals = await target.refusals("scheduleMeeting", **target.schedule(title="", participants=_people(300)))

    assert refusals == [("INVALID_INPUT", ["input", "title"])]


@pytest.mark.parametrize("password", ["sesame", ""])
async def test_a_meeting_that_cannot_be_closed_takes_no_password(target: Target, password: str) -> None:
    refusals = await target.refusals("scheduleMeeting", **target.schedule(password=password))

    assert refusals == [("NOT_SUPPORTED", ["input", "password"])]


async def test_a_missing_capability_of_a_field_is_reported_beside_other_faults(target: Target) -> None:
    meeting = target.schedule(password="sesame", title="", timeZone="Mars/Olympus", startTime="tomorrow")

    refusals = await target.refusals("scheduleMeeting", **meeting)

    assert sorted((code, field) for code, (_, field) in refusals) == [  # type: ignore[misc]
        ("INVALID_INPUT", "startTime"),
        ("INVALID_INPUT", "timeZone"),
        ("INVALID_INPUT", "title"),
        ("NOT_SUPPORTED", "password"),
    ]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"firstName": " "}, ["firstName"]),
        ({"lastName": ""}, ["lastName"]),
        ({"number": ""}, ["number"]),
        ({"number": "call me"}, ["number"]),
        ({"number": "123"}, ["number"]),
        ({"number": "+999999999999"}, ["number"]),
        ({"number": "+1202555014200000000"}, ["number"]),
    ],
)
async def test_a_contact_with_unsound_words_is_refused(
    target: Target, said: dict[str, object], path: list[str]
) -> None:
    contact = {"firstName": "Cleo", "lastName": "Clark", "number": "+12025550142", **said}

    assert await target.refusals("createContact", accountId=target.ada, **contact) == [
        ("INVALID_INPUT", ["input", *path])
    ]
    assert await target.refusals("updateContact", contactId=target.contact, **said) == [
        ("INVALID_INPUT", ["input", *path])
    ]


@pytest.mark.parametrize("number", ["", "nonsense"])
async def test_a_conversation_from_an_invalid_number_is_rejected(target: Target, number: str) -> None:
    refusals = await target.refusals("createConversation", contactId=target.contact, fromNumber=number)

    assert refusals == [("INVALID_INPUT", ["input", "fromNumber"])]


async def test_a_conversation_from_anothers_number_is_refused(target: Target) -> None:
    refusals = await target.refusals("createConversation", contactId=target.contact, fromNumber=target.bob_number)

    assert refusals == [("INVALID_INPUT", ["input", "fromNumber"])]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"text": ""}, ["text"]),
        ({"text": " \n "}, ["text"]),
        ({"text": "x" * 1_601}, ["text"]),
        ({"mediaUrls": ["https://example.com/1.png"] * 11}, ["mediaUrls"]),
        ({"mediaUrls": ["https://example.com/1.png", "ftp://example.com/2.png"]}, ["mediaUrls", "1"]),
        ({"mediaUrls": ["file:///etc/passwd"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["javascript:alert(1)"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["//example.com/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://[::1"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://example.com:99999/"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://example.com/a b"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": [f"https://example.com/{'x' * 2_048}"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": [""]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://user@example.com/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://user:password@example.com/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://@example.com/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://example.com/1.png", "http://localhost/2.png"]}, ["mediaUrls", "1"]),
        ({"mediaUrls": ["http://127.1:8080/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["http://%31%32%37.0.0.1/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["http://[::ffff:10.0.0.1]/1.png"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["http://169.254.169.254/latest"]}, ["mediaUrls", "0"]),
        ({"mediaUrls": ["https://example.com/\x7f"]}, ["mediaUrls", "0"]),
    ],
)
async def test_a_message_with_unsound_words_is_refused(
    target: Target, said: dict[str, object], path: list[str]
) -> None:
    message = {"text": "Hello", **said}

    refusals = await target.refusals("sendMessage", conversationId=target.conversation, **message)

    assert refusals == [("INVALID_INPUT", ["input", *path])]


async def test_a_message_to_an_unassigned_number_is_refused(target: Target) -> None:
    """The contact that this takes is sound, and so stays."""
    contact = await target.client.do(
        "createContact", "contact { id }", accountId=target.ada, firstName="No", lastName="Body", number="+12025550177"
    )
    conversation = await target.client.do(
        "createConversation",
        "conversation { id }",
        contactId=contact["contact"]["id"],
        fromNumber=target.ada_number,
    )

    refusals = await target.refusals("sendMessage", conversationId=conversation["conversation"]["id"], text="Hello?")

    assert refusals == [("REJECTED", None)]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"service": "ZOOM"}, ["service"]),
        ({"idToken": "x"}, ["idToken"]),
        ({"refreshToken": "x"}, ["refreshToken"]),
        ({"returnUrl": "https://evil.example.com/"}, ["returnUrl"]),
        ({"userId": "x" * 201}, ["userId"]),
        ({"userId": "local\0"}, ["userId"]),
        ({"userId": "local\n"}, ["userId"]),
        ({"userId": "\x1flocal"}, ["userId"]),
        ({"userId": " "}, ["userId"]),
    ],
)
async def test_an_invalid_connection_request_is_rejected(
    target: Target, said: dict[str, object], path: list[str]
) -> None:
    assert await target.refusals("connectAccount", provider="local", **said) == [("INVALID_INPUT", ["input", *path])]


@pytest.mark.parametrize(("mutation", "field"), [("refreshAccount", "accountId")])
async def test_a_missing_capability_is_not_supported(target: Target, mutation: str, field: str) -> None:
    assert await target.refusals(mutation, **{field: target.ada}) == [("NOT_SUPPORTED", ["input", field])]


async def test_registering_a_user_without_the_capability_is_not_supported(target: Target) -> None:
    person = {"firstName": "Ada", "lastName": "Adams", "email": "ada@example.com", "company": "Example"}

    refusals = await target.refusals("registerUser", provider="local", **person)

    assert refusals == [("NOT_SUPPORTED", ["input", "provider"])]
