"""What texts, addresses, numbers and URLs of an input have to be like."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from gateway.mutations.validation.faults import Faults
from providers.domain.entities import Participant
from providers.domain.internal_hosts import is_internal
from providers.domain.mail import normalized
from providers.domain.phone import HOME_REGION, e164
from providers.domain.text import can_identify
from resolvers.inputs import ParticipantInput

MAX_TITLE = 300
MAX_DESCRIPTION = 8_000
MAX_NAME = 200
MAX_TEXT = 1_600
MAX_PASSWORD = 100
MAX_PARTICIPANTS = 300
MAX_URL = 2_048


def required_text(faults: Faults, value: str, longest: int, *path: str) -> str:
    """`value` without blanks around it."""
    if not value.strip():
        faults.add(f"{path[-1]} is empty.", *path)
    return limited_text(faults, value, longest, *path) or ""


def limited_text(faults: Faults, value: str | None, longest: int, *path: str) -> str | None:
    """`value` without blanks around it; None stays None."""
    if value is None:
        return None
    if len(value) > longest:
        faults.add(f"{path[-1]} has {len(value)} characters; {longest} are the most.", *path)
    if "\x00" in value:
        faults.add(f"{path[-1]} holds a NUL character.", *path)
    return value.strip()


def identifier(faults: Faults, value: str | None, longest: int, *path: str) -> str | None:
    """`value`, which names a user, without blanks around it; None stays None."""
    if value is None or can_identify(value):
        return limited_text(faults, value, longest, *path)
    faults.add(f"{path[-1]} holds a control character.", *path)
    return None


def password(faults: Faults, value: str | None) -> str | None:
    """The password as it is, blanks and all."""
    if value is not None and not value:
        faults.add("password is empty.", "password")
    limited_text(faults, value, MAX_PASSWORD, "password")
    return value


def email(faults: Faults, value: str, *path: str) -> str:
    """The address, normalised."""
    address = normalized(value.strip())
    if address is None:
        faults.add(f"{path[-1]} is no mail address.", *path)
    return address or value


def telephone_number(faults: Faults, value: str, *path: str) -> str:
    """The number in E.164."""
    number = e164(value, HOME_REGION)
    if number is None:
        faults.add(f"{path[-1]} is no telephone number.", *path)
    return number or ""


def media_url(faults: Faults, value: str, *path: str, internal: bool) -> str:
    """An absolute http or https URL without user information; of a public host unless `internal` ones may be named."""
    host = _host(value) if len(value) <= MAX_URL and can_identify(value) and " " not in value else None
    if host is None:
        faults.add("This is no http or https URL.", *path)
    elif "@" in urlsplit(value).netloc:
        faults.add("The URL holds user information.", *path)
    elif not internal and is_internal(host):
        faults.add("The URL's host is internal.", *path)
    return value


def _host(url: str) -> str | None:
    """None for what is no http or https URL with a host."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return None
    return unquote(parts.hostname or "") or None if sound else None


def participants(faults: Faults, given: Sequence[ParticipantInput] | None) -> tuple[Participant, ...]:
    """The participants, each address once."""
    given = given or ()
    if len(given) > MAX_PARTICIPANTS:
        faults.add(f"There are {len(given)} participants; {MAX_PARTICIPANTS} are the most.", "participants")
        return ()
    people = tuple(_participant(faults, each, str(index)) for index, each in enumerate(given))
    seen: set[str] = set()
    for index, person in enumerate(people):
        address = person.email.casefold()
        if address in seen:
            faults.add("This participant is there twice.", "participants", str(index), "email")
        seen.add(address)
    return people


def _participant(faults: Faults, given: ParticipantInput, index: str) -> Participant:
    path = ("participants", index)
    return Participant(
        email=email(faults, given.email, *path, "email"),
        first_name=limited_text(faults, given.first_name, MAX_NAME, *path, "firstName") or None,
        last_name=limited_text(faults, given.last_name, MAX_NAME, *path, "lastName") or None,
        user_id=identifier(faults, given.user_id, MAX_NAME, *path, "userId") or None,
    )
