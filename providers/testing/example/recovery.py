"""Recovery of lost writes: finds what a write without a response may have created."""

from providers.api import ContactDraft, HostClock, LostWrite
from providers.testing.example import wire


def has_number(found: wire.Contact, draft: ContactDraft) -> bool:
    """Whether the contact is the draft's: Example has one contact per number."""
    return found.number == draft.e164


def may_have_created(lost: LostWrite, found: wire.Contact, clock: HostClock) -> bool:
    """Whether the lost write can have created the contact. An older one, or that of another write, it did not."""
    return found.id not in lost.taken and found.created_at >= clock.earliest(lost.since)
