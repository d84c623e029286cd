"""The sandbox answers as the document shows, quirks included."""

import re
from dataclasses import replace
from datetime import timedelta

import jwt
import orjson
import pytest

from providers.http import Answer
from providers.ringplan.sandbox.directory import SIGNING_KEY
from providers.ringplan.tokens import ID_TOKEN
from providers.testing.core import ATTEMPT
from tests.providers.ringplan.bench import EMAIL, NOON, Bench, a_meeting

HISTORY_EVENT = {
    "title_meet": "Check-up",
    "summary": "Check-up",
    "description": "",
    "start_time": "2026-03-10T12:00:00",
    "end_time": "2026-03-10T12:00:00",
    "time_zone": "Etc/GMT+0",
}
SCHEDULED_EVENT = HISTORY_EVENT | {
    "attendees": [{"email": "ben@example.com"}],
    "start_time": "2026-03-11T12:00:00.153321",
    "end_time": "2026-03-11T12:30:00.153321",
}


async def ask(bench: Bench, method: str, path: str, json: object = None, token: str | None = None) -> Answer:
    headers = {"authorization": token or bench.tokens.credentials[EMAIL][ID_TOKEN]}
    return await bench.core.http.call(method, f"{bench.url}/ringplan{path}", headers=headers, json=json)


async def switch(bench: Bench, name: str, json: object) -> int:
    return (await bench.core.http.call("POST", f"{bench.url}/ringplan/_sandbox/{name}", json=json)).status


async def test_a_refusal_is_a_problem_document(bench: Bench) -> None:
    bench.account()
    answer = await ask(bench, "GET", "/texting/contacts/nobody")
    assert answer.status == 404
    assert answer.json() == {"detail": "Contact not found", "status": 404, "title": "Not Found", "type": "about:blank"}


@pytest.mark.parametrize("token", ["", "made up", "Bearer"])
async def test_a_token_is_accepted_only_without_a_scheme(bench: Bench, token: str) -> None:
    bench.account()
    raw = bench.tokens.credentials[EMAIL][ID_TOKEN]
    answer = await ask(bench, "GET", "/texting/numbers", token=f"{token} {raw}" if token == "Bearer" else token or "-")
    assert answer.status == 401
    assert (await ask(bench, "GET", "/texting/numbers", token=raw)).status == 200


@pytest.mark.parametrize("number", ["212555010", "+12125550100", "212-555-0100", None])
async def test_numbers_have_ten_digits(bench: Bench, number: str | None) -> None:
    bench.account()
    contact = {"first_name": "Ben", "last_name": "Moor", "number": number}
    answer = await ask(bench, "POST", "/texting/contacts", contact)
    assert (answer.status, answer.json()["title"]) == (400, "Bad Request")


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1"])
async def test_an_invalid_page_is_refused(bench: Bench, query: str) -> None:
    conversation = await bench.conversation(bench.account())
    answer = await ask(bench, "GET", f"/texting/conversations/{conversation.external_id}/messages?{query}")
    assert answer.status == 400


async def test_a_message_is_shown_as_the_document_shows_it(bench: Bench) -> None:
    conversation = await bench.conversation(bench.account())
    path = f"/texting/conversations/{conversation.external_id}/messages"
    sent = (await ask(bench, "POST", path, {"text": "Hello"})).json()
    assert sent.keys() == {
        "conversation_id", "created_at", "direction", "files", "frm", "id", "media_urls", "success", "text", "to"
    }  # fmt: skip
    assert sent["created_at"] == "2026-03-10T12:00:00.000000"
    assert (await ask(bench, "GET", path)).json() == [sent]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-10T12:00:01", "2026-03-10T12:00:01"),
        ("2026-03-09T12:00:00", "2026-03-09T12:00:00"),
        ("2026-03-10T11:00:00", "2026-03-10T12:00:00"),
    ],
)
async def test_a_history_event_needs_equal_times_within_the_last_day(bench: Bench, start: str, end: str) -> None:
    bench.account()
    event = HISTORY_EVENT | {"start_time": start, "end_time": end}
    assert (await ask(bench, "POST", "/meet/calendar/event/history", event)).status == 400


async def test_a_created_history_event_has_few_fields_and_times_with_blanks(bench: Bench) -> None:
    bench.account()
    event = (await ask(bench, "POST", "/meet/calendar/event/history", HISTORY_EVENT)).json()["event"]
    assert event["date_start"] == event["date_end"] == "2026-03-10 12:00:00.000Z"
    assert "title_meet" not in event


async def test_a_private_history_event_hides_its_password(bench: Bench) -> None:
    bench.account()
    answer = await ask(bench, "POST", "/meet/calendar/event/history", HISTORY_EVENT | {"password": "hush"})
    assert answer.status == 201
    assert answer.json()["is_private"] is True
    assert re.fullmatch("[0-9a-f]{64}", answer.json()["event"]["hash_password"])
    assert b"hush" not in answer.body


@pytest.mark.parametrize("zone", ["Etc/GMT+99", "", "UTC+2"])
async def test_a_zone_has_an_iana_name(bench: Bench, zone: str) -> None:
    bench.account()
    answer = await ask(bench, "POST", "/meet/calendar/event/history", HISTORY_EVENT | {"time_zone": zone})
    assert answer.status == 400


async def test_a_created_scheduled_event_has_all_fields(bench: Bench) -> None:
    bench.account()
    answer = await ask(bench, "POST", "/meet/calendar/event/scheduled", SCHEDULED_EVENT | {"password": "hush"})
    meeting = answer.json()
    event = meeting["event"]
    assert answer.status == 201
    assert (meeting["organizer_email"], meeting["is_private"]) == (EMAIL, True)
    assert event["date_start"] == "2026-03-11T12:00:00+00:00"
    assert event["attendees"] == ["ben@example.com"]
    assert event["password"] == "hush"
    assert "BEGIN:VEVENT\r\n" in event["cal"]
    assert event["text_for_event"].startswith("\n<b>Meeting link</b>\\nhttp")
    moderators = {
        kind: jwt.decode(event[kind]["token"], SIGNING_KEY, algorithms=["HS256"], options={"verify_exp": False})
        for kind in ("token_for_meet", "mod_token_for_meet")
    }
    assert [claims["moderator"] for claims in moderators.values()] == [False, True]


async def test_a_list_has_times_without_an_offset_and_no_secrets(bench: Bench) -> None:
    bench.account()
    await ask(bench, "POST", "/meet/calendar/event/scheduled", SCHEDULED_EVENT | {"password": "hush"})
    answer = await ask(bench, "GET", "/meet/calendar/events")
    (meeting,) = answer.json()
    assert meeting["event"]["date_start"] == "2026-03-11T12:00:00"
    assert "hash_pass" in meeting["event"]
    assert not {"cal", "password", "token_for_meet", "mod_token_for_meet", "text_for_event"} & meeting["event"].keys()
    assert b"hush" not in answer.body


async def test_a_scheduled_event_becomes_history(bench: Bench) -> None:
    account = bench.account()
    await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    counts = []
    for _ in range(2):
        for kind in ("history", "scheduled"):
            counts.append(len((await ask(bench, "GET", f"/meet/calendar/events?event_type={kind}")).json()))
        bench.sandbox.directory.id_token_lifetime = timedelta(days=9)
        bench.tokens.credentials[EMAIL] = {ID_TOKEN: bench.request().id_token or ""}
        bench.clock.time += timedelta(days=2)
    assert counts == [0, 1, 1, 0]


@pytest.mark.parametrize("query", ["event_type=other", "date_from=yesterday", "date_to=2026-13-01"])
async def test_an_invalid_list_is_refused(bench: Bench, query: str) -> None:
    bench.account()
    assert (await ask(bench, "GET", f"/meet/calendar/events?{query}")).status == 400


async def test_google_consent_is_given_on_a_page_of_the_sandbox(bench: Bench) -> None:
    account = bench.account()
    bench.sandbox.directory.user_by_email(EMAIL).may_write_calendar = False
    refused = await ask(bench, "POST", "/meet/calendar/event/scheduled", SCHEDULED_EVENT)
    assert refused.json()["detail"] == "This acc doesn`t have credentials for google app"
    page = await bench.core.http.call("GET", await bench.provider.calendar_authorization_url(account))
    assert b"<form method=post>" in page.body
    granted = await bench.core.http.call("POST", f"{bench.url}/ringplan/_sandbox/google", form={"state": EMAIL})
    assert granted.status == 200
    assert (await ask(bench, "POST", "/meet/calendar/event/scheduled", SCHEDULED_EVENT)).status == 201


async def test_an_inbound_message_can_be_added_by_hand(bench: Bench) -> None:
    conversation = await bench.conversation(bench.account())
    page = await bench.core.http.call("GET", f"{bench.url}/ringplan/_sandbox/")
    assert conversation.external_id.encode() in page.body
    form = {"conversation_id": conversation.external_id, "text": "Knock"}
    answer = await bench.core.http.call("POST", f"{bench.url}/ringplan/_sandbox/inbound", form=form)
    assert (answer.status, answer.json()["direction"]) == (201, "inbound")


async def test_a_message_to_an_unknown_conversation_is_refused(bench: Bench) -> None:
    assert await switch(bench, "inbound", {"conversation_id": "nobody", "text": "Knock"}) == 404


async def test_the_page_escapes_what_users_wrote(bench: Bench) -> None:
    account = bench.account()
    contact = {"first_name": "<script>", "last_name": "", "number": "2125550100"}
    created = (await ask(bench, "POST", "/texting/contacts", contact)).json()
    conversation = {"contact_id": created["id"], "from_number": bench.number_of(account)}
    await ask(bench, "POST", "/texting/conversations", conversation)
    page = await bench.core.http.call("GET", f"{bench.url}/ringplan/_sandbox/")
    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in page.body


async def test_the_lifetime_of_tokens_can_be_set(bench: Bench) -> None:
    account = bench.account()
    await switch(bench, "tokens", {"id_token_seconds": 5, "expire_id_tokens": True})
    assert (await ask(bench, "GET", "/texting/numbers")).status == 401
    await bench.provider.list_numbers(account)
    bench.clock.time += timedelta(seconds=5)
    assert (await ask(bench, "GET", "/texting/numbers")).status == 401


async def test_refresh_tokens_can_be_revoked(bench: Bench) -> None:
    bench.account()
    await switch(bench, "tokens", {"expire_refresh_tokens": True, "refresh_token_seconds": 60, "opaque": True})
    url = f"{bench.url}/ringplan-login/refresh-token"
    dead = await bench.core.http.call(
        "GET", url, params={"refresh_token": bench.tokens.credentials[EMAIL]["refresh_token"]}
    )
    fresh = await bench.core.http.call("GET", url, params={"refresh_token": bench.request().refresh_token or ""})
    assert (dead.status, fresh.status) == (401, 200)
    assert "." not in fresh.json()["id_token"]


async def test_a_token_that_is_spent_twice_is_counted(bench: Bench) -> None:
    bench.account()
    query = {"refresh_token": bench.tokens.credentials[EMAIL]["refresh_token"]}
    statuses = [
        (await bench.core.http.call("GET", f"{bench.url}/ringplan-login/refresh-token", params=query)).status
        for _ in range(2)
    ]
    state = (await bench.core.http.call("GET", f"{bench.url}/ringplan/_sandbox/state")).json()
    assert statuses == [200, 401]
    assert (state["refreshes"], state["reuses"]) == (1, 1)


async def test_the_state_has_the_number_of_objects(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    bench.sandbox.texting.arrive(conversation.external_id, "Knock", [])
    state = (await bench.core.http.call("GET", f"{bench.url}/ringplan/_sandbox/state")).json()
    assert state["users"] == [EMAIL]
    assert (state["contacts"], state["messages"], state["meetings"]) == (1, 1, 1)
    assert [each["id"] for each in state["conversations"]] == [conversation.external_id]


async def test_the_token_page_asks_for_a_login(bench: Bench) -> None:
    bench.account()
    url = f"{bench.url}/ringplan-login/show-token"
    assert (await bench.core.http.call("GET", url)).status == 401
    shown = (await bench.core.http.call("GET", url, params={"email": EMAIL})).json()
    assert (shown["expires_on"], shown["not_before"]) == (NOON.timestamp() + 28800, NOON.timestamp())
    assert (shown["id_token_expires_in"], shown["refresh_token_expires_in"]) == (28800, 1209600)
    assert shown["scope"] == ["/", "offline_access", "openid"]
    assert (await ask(bench, "GET", "/texting/numbers", token=shown["id_token"])).status == 200


async def test_a_new_user_is_registered_at_login(bench: Bench) -> None:
    url = f"{bench.url}/ringplan-login/show-token"
    shown = [
        (await bench.core.http.call("GET", url, params={"email": email})).json()
        for email in ("new@example.com", "new@example.com", "newer@example.com")
    ]
    assert shown[0]["_id"] == shown[1]["_id"] != shown[2]["_id"]
    [number] = (await ask(bench, "GET", "/texting/numbers", token=shown[0]["id_token"])).json()
    assert number["ownership"] == ["new@example.com"]


@pytest.mark.parametrize("password", ["hush", "wrong"])
async def test_a_private_room_asks_for_its_password(bench: Bench, password: str) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(password="hush"), ATTEMPT)
    answer = await bench.core.http.call("POST", meeting.join_url, form={"password": password})
    assert answer.status == (200 if password == "hush" else 403)


@pytest.mark.parametrize("tail", ["?jwt=nonsense", "0"])
async def test_an_invalid_link_does_not_open_a_room(bench: Bench, tail: str) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(password="hush"), ATTEMPT)
    assert (await bench.core.http.call("GET", meeting.join_url + tail)).status in {403, 404}


async def test_a_moderators_link_expires(bench: Bench) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(password="hush"), ATTEMPT)
    bench.clock.time += timedelta(days=9)
    assert (await bench.core.http.call("GET", meeting.host_url or "")).status == 403


async def test_a_body_that_is_not_json_is_refused(bench: Bench) -> None:
    bench.account()
    headers = {"authorization": bench.tokens.credentials[EMAIL][ID_TOKEN]}
    answer = await bench.core.http.call(
        "POST", f"{bench.url}/ringplan/texting/contacts", headers=headers, form={"first_name": "Ben"}
    )
    assert answer.status == 400
    assert orjson.loads(answer.body)["title"] == "Bad Request"


async def test_an_unknown_method_gets_a_problem_document(bench: Bench) -> None:
    bench.account()
    answer = await ask(bench, "DELETE", "/texting/contacts")
    assert (answer.status, answer.json()["title"]) == (405, "Method Not Allowed")


async def test_users_of_a_company_share_its_objects(bench: Bench) -> None:
    ada, dora = bench.account(), bench.account("dora@example.com")
    contact = await bench.contact(ada)
    assert [page.parse() async for page in bench.provider.list_contacts(dora)] == [
        [replace(contact, account_key=dora.key)]
    ]
