"""Example's objects as entities, and drafts as Example's objects. Pure."""

from datetime import datetime

from providers.api import Account, Contact, ContactDraft, PhoneNumber
from providers.api.phone import HOME_REGION, e164
from providers.testing.example import wire


def number(account: Account, found: wire.Number) -> PhoneNumber:
    return PhoneNumber(
        account_key=account.key, external_id=found.id, number=found.number, e164=e164(found.number, HOME_REGION)
    )


def contact(account: Account, found: wire.Contact, now: datetime) -> Contact:
    return Contact(
        account_key=account.key,
        external_id=found.id,
        number=found.number,
        e164=e164(found.number, HOME_REGION),
        first_name=found.first_name,
        last_name=found.last_name,
        synced_at=now,
    )


def contact_fields(draft: ContactDraft) -> dict[str, object]:
    """Return the body of the call that creates the contact."""
    return {"number": draft.e164, "first_name": draft.first_name, "last_name": draft.last_name}
