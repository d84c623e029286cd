"""Validation of the fields of a command: texts, addresses, numbers and URLs."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from providers.domain.commands import Invitee, Unreadable
from providers.domain.entities import Participant
from providers.domain.errors import CorrectInput, InvalidInput, NotSupported
from providers.domain.internal_hosts import is_internal
from providers.domain.mail import normalized
from providers.domain.phone import HOME_REGION, e164
from providers.domain.text import can_identify

T = TypeVar("T")

MAX_TITLE = 300
MAX_DESCRIPTION = 8_000
MAX_NAME = 200
MAX_TEXT = 1_600
MAX_PASSWORD = 100
MAX_PARTICIPANTS = 300
MAX_URL = 2_048


class Faults:
    """The faults of a command, collected so that all are reported at once, each with the path of its field."""

    def __init__(self) -> None:
        self._found: list[CorrectInput | NotSupported] = []

    def add(self, message: str, *path: str) -> None:
        """Add a fault. `path` leads to the field from the input's root: "participants", "0", "email"."""
        self._found.append(InvalidInput(message, path=("input", *path)))

    def add_unsupported(self, message: str, provider: str, *path: str) -> None:
        """Add a fault of a field that needs a capability which the provider lacks."""
        self._found.append(NotSupported(message, provider=provider, path=("input", *path)))

    def readable(self, value: T | Unreadable, *path: str) -> T | None:
        """Return the value; add a fault and return None if its scalar could not parse it."""
        if not isinstance(value, Unreadable):
            return value
        self.add(f"{path[-1]} {value.reason}", *path)
        return None

    def raise_if_any(self) -> None:
        """Raise the fault, or an ExceptionGroup of several."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise ExceptionGroup("The input has several faults.", self._found)


def required_text(faults: Faults, value: str, max_length: int, *path: str) -> str:
    """Return `value` without blanks around it; at least one character has to remain."""
    if not value.strip():
        faults.add(f"{path[-1]} is empty.", *path)
    return limited_text(faults, value, max_length, *path) or ""


def limited_text(faults: Faults, value: str | None, max_length: int, *path: str) -> str | None:
    """Return `value` without blanks around it; None stays None."""
    if value is None:
        return None
    if len(value) > max_length:
        faults.add(f"{path[-1]} has {len(value)} characters; the maximum is {max_length}.", *path)
    if "\x00" in value:
        faults.add(f"{path[-1]} contains a NUL character.", *path)
    return value.strip()


def identifier(faults: Faults, value: str | None, max_length: int, *path: str) -> str | None:
    """Return the id of a user without blanks around it; None stays None."""
    if value is None or can_identify(value):
        return limited_text(faults, value, max_length, *path)
    faults.add(f"{path[-1]} contains a control character.", *path)
    return None


def password(faults: Faults, value: str | None) -> str | None:
    """Return the password unchanged: blanks are part of it."""
    if value is not None and not value:
        faults.add("password is empty.", "password")
    limited_text(faults, value, MAX_PASSWORD, "password")
    return value


def email(faults: Faults, value: str, *path: str) -> str:
    """Return the mail address, normalised."""
    address = normalized(value.strip())
    if address is None:
        faults.add(f"{path[-1]} is not an email address.", *path)
    return address or value


def telephone_number(faults: Faults, value: str, *path: str) -> str:
    """Return the number in E.164."""
    number = e164(value, HOME_REGION)
    if number is None:
        faults.add(f"{path[-1]} is not a phone number.", *path)
    return number or ""


def media_url(faults: Faults, value: str, *path: str, internal: bool) -> str:
    """Return an absolute http or https URL without user information; its host is public, unless `internal` is set."""
    host = _host(value) if can_identify(value) and " " not in value else None
    if len(value) > MAX_URL:
        faults.add(f"The URL has {len(value)} characters; the maximum is {MAX_URL}.", *path)
    elif host is None:
        faults.add("This is not an http or https URL.", *path)
    elif "@" in urlsplit(value).netloc:
        faults.add("The URL contains user information.", *path)
    elif not internal and is_internal(host):
        faults.add("The URL's host is internal.", *path)
    return value


def _host(url: str) -> str | None:
    """Return the host of an http or https URL; None for anything else."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return None
    return unquote(parts.hostname or "") or None if sound else None


def participants(faults: Faults, given: Sequence[Invitee] | None) -> tuple[Participant, ...]:
    """Return the participants; no address may come twice."""
    given = given or ()
    if len(given) > MAX_PARTICIPANTS:
        faults.add(f"participants has {len(given)} entries; the maximum is {MAX_PARTICIPANTS}.", "participants")
        return ()
    people = tuple(_participant(faults, each, str(index)) for index, each in enumerate(given))
    seen: set[str] = set()
    for index, person in enumerate(people):
        address = person.email.casefold()
        if address in seen:
            faults.add("This address is listed twice.", "participants", str(index), "email")
        seen.add(address)
    return people


def _participant(faults: Faults, given: Invitee, index: str) -> Participant:
    path = ("participants", index)
    return Participant(
        email=email(faults, given.email, *path, "email"),
        first_name=limited_text(faults, given.first_name, MAX_NAME, *path, "firstName") or None,
        last_name=limited_text(faults, given.last_name, MAX_NAME, *path, "lastName") or None,
        user_id=identifier(faults, given.user_id, MAX_NAME, *path, "userId") or None,
    )
