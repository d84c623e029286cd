"""Entities to store, of which a test states only what it is about."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.storage import Store
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
    PhoneNumber,
)
from tests.testkit.clock import NOON

_ACCOUNT = Account(
    key="acc-1",
    provider="local",
    user_id="ada",
    service=MeetingService.JITSI,
    status=AccountStatus.CONNECTED,
    connected_at=NOON,
)
_MEETING = Meeting(
    scope="acc-1",
    external_id="m-1",
    provider="local",
    user_id="ada",
    account_key="acc-1",
    service=MeetingService.JITSI,
    kind=MeetingKind.SCHEDULED,
    start_time=NOON,
    end_time=NOON + timedelta(hours=1),
    join_url="https://meet.example.com/m-1",
    synced_at=NOON,
)
_CONTACT = Contact(
    account_key="acc-1",
    external_id="c-1",
    number="(202) 555-0101",
    e164="+12025550101",
    first_name="Grace",
    last_name="Hopper",
    synced_at=NOON,
)
_CONVERSATION = Conversation(
    account_key="acc-1", external_id="v-1", contact_external_id="c-1", from_number="+12025550100", synced_at=NOON
)
_MESSAGE = Message(
    account_key="acc-1",
    conversation_external_id="v-1",
    external_id="t-1",
    direction=MessageDirection.OUTBOUND,
    status=MessageStatus.SENT,
    text="Hello",
    from_number="+12025550100",
    to_number="+12025550101",
    created_at=NOON,
)
_PHONE_NUMBER = PhoneNumber(
    account_key="acc-1", external_id="p-1", number="+12025550100", e164="+12025550100", owners=("Ada",)
)


def account(key: str = "acc-1", **said: Any) -> Account:
    return replace(_ACCOUNT, key=key, **said)


def meeting(external_id: str = "m-1", **said: Any) -> Meeting:
    """An hour long, unless it is said otherwise; its details are read with it if it has any."""
    if "start_time" in said:
        said = {"end_time": said["start_time"] + timedelta(hours=1), **said}
    seen = replace(_MEETING, external_id=external_id, **said)
    return replace(seen, details_read_at=seen.details_read_at or (seen.synced_at if seen.detailed else None))


def contact(external_id: str = "c-1", **said: Any) -> Contact:
    return replace(_CONTACT, external_id=external_id, **said)


def conversation(external_id: str = "v-1", **said: Any) -> Conversation:
    return replace(_CONVERSATION, external_id=external_id, **said)


def message(external_id: str = "t-1", **said: Any) -> Message:
    return replace(_MESSAGE, external_id=external_id, **said)


def phone_number(external_id: str = "p-1", **said: Any) -> PhoneNumber:
    return replace(_PHONE_NUMBER, external_id=external_id, **said)


async def keep_accounts(store: Store, *accounts: Account) -> None:
    """Everything lies under an account: without any said, under that of the samples."""
    async with store.write() as transaction:
        for each in accounts or (_ACCOUNT,):
            await store.accounts.put(transaction, each)


def everything_written(folder: Path) -> bytes:
    """All bytes of the store's files."""
    return b"".join(path.read_bytes() for path in folder.iterdir())
