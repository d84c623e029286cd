"""How long what was read counts as true, and how long it may be shown while it is read anew."""

from dataclasses import dataclass, replace

from gateway.config import FreshSeconds, UsableSeconds
from providers.domain.entities import Account, AccountStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """In seconds since the reading. What is no longer `fresh` and still `usable` is shown at once, and read again."""

    fresh: float
    usable: float

    def of(self, account: Account) -> "Lifetime":
        """Nothing is read anew behind a reader's back where the provider is known to refuse: it is waited for."""
        return replace(self, usable=0) if account.status is AccountStatus.EXPIRED else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The lifetime of each kind of thing; past meetings are those of times gone by.

    Details of meetings may be served while they are refreshed for as long as meetings may.
    """

    messages: Lifetime
    meetings: Lifetime
    meeting_details: Lifetime
    past_meetings: Lifetime
    conversations: Lifetime
    contacts: Lifetime
    phone_numbers: Lifetime

    @classmethod
    def configured(cls, fresh: FreshSeconds, usable: UsableSeconds) -> "Freshness":
        def lifetime(kind: str) -> Lifetime:
            return Lifetime(fresh=getattr(fresh, kind), usable=getattr(usable, kind))

        details = Lifetime(fresh=fresh.meeting_details, usable=usable.meetings)
        return cls(meeting_details=details, **{kind: lifetime(kind) for kind in UsableSeconds.model_fields})
