"""Models to test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from providers.domain.entities import (
    Account,
    AccountStatus,
    Contact,
    Conversation,
    Meeting,
    MeetingKind,
    MeetingService,
    Message,
    MessageDirection,
    MessageStatus,
    Participant,
    PhoneNumber,
)

READ_AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def account(key: str = "a-1", **more: Any) -> Account:
    values = {"provider": "local", "user_id": "u-1", "status": AccountStatus.CONNECTED, **more}
    return Account(key=key, **values)


def meeting(external_id: str = "m-1", **more: Any) -> Meeting:
    start = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    values = {
        "scope": "a-1",
        "account_key": "a-1",
        "provider": "local",
        "user_id": "u-1",
        "service": MeetingService.JITSI,
        "kind": MeetingKind.SCHEDULED,
        "title": "Stand-up",
        "start_time": start,
        "end_time": start + timedelta(minutes=30),
        "join_url": "https://meet.example.com/room",
        "host_url": "https://meet.example.com/room?jwt=host",
        "password": "open sesame",
        "participants": (Participant(email="ann@example.com"),),
        "synced_at": READ_AT,
        **more,
    }
    return Meeting(external_id=external_id, **values)


def listed(external_id: str = "m-1", **more: Any) -> Meeting:
    """Return a meeting from a list that omits the details."""
    nothing = {"title": None, "host_url": None, "password": None, "participants": (), "detailed": False}
    return meeting(external_id, **nothing, **more)


def phone_number(external_id: str = "n-1", account_key: str = "a-1") -> PhoneNumber:
    return PhoneNumber(
        account_key=account_key,
        external_id=external_id,
        number="(202) 555-0101",
        e164="+12025550101",
        owners=("Ann",),
    )


def contact(external_id: str = "c-1", account_key: str = "a-1") -> Contact:
    return Contact(
        account_key=account_key,
        external_id=external_id,
        first_name="Bob",
        number="(202) 555-0102",
        e164="+12025550102",
        synced_at=READ_AT,
    )


def conversation(external_id: str = "v-1", contact_external_id: str | None = "c-1") -> Conversation:
    return Conversation(
        account_key="a-1",
        external_id=external_id,
        contact_external_id=contact_external_id,
        from_number="+12025550101",
        synced_at=READ_AT,
    )


def message(external_id: str = "t-1", conversation_external_id: str = "v-1") -> Message:
    return Message(
        account_key="a-1",
        conversation_external_id=conversation_external_id,
        external_id=external_id,
        direction=MessageDirection.OUTBOUND,
        status=MessageStatus.SENT,
        text="Hello",
        from_number="+12025550101",
        to_number="+12025550102",
        created_at=READ_AT,
    )
