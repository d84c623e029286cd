"""The state of texting, per company (R4 to R12)."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from providers.ringplan.sandbox.directory import User
from providers.ringplan.sandbox.ids import Clock, ObjectIds
from providers.ringplan.sandbox.responses import Refusal

UNREACHABLE = "0199"
"""Texts to a number with this ending fail: `success` is false."""

Row = dict[str, Any]

_AREA_CODES = (202, 206, 212, 303, 312, 415, 503, 617, 702, 808)


@dataclass(slots=True)
class Company:
    """A company's objects by id; `messages` by conversation, oldest first."""

    numbers: dict[str, Row] = field(default_factory=dict)
    contacts: dict[str, Row] = field(default_factory=dict)
    conversations: dict[str, Row] = field(default_factory=dict)
    messages: dict[str, list[Row]] = field(default_factory=dict)


class Texting:
    def __init__(self, now: Clock, ids: ObjectIds) -> None:
        self.companies: dict[str, Company] = {}
        self._now = now
        self._ids = ids
        self._serial = count()

    def of(self, user: User) -> Company:
        """Return the user's company; a new one gets a number."""
        if user.company_id not in self.companies:
            self.companies[user.company_id] = Company()
            self._add_number(user)
        return self.companies[user.company_id]

    def save_contact(self, user: User, contact: Row) -> tuple[Row, bool]:
        """Return the contact with this number, and whether it is new."""
        company = self.of(user)
        for known in company.contacts.values():
            if known["number"] == contact["number"]:
                return known, False
        row = {"company_id": user.company_id, "id": self._ids.new(), **contact}
        company.contacts[row["id"]] = row
        return row, True

    def contact(self, user: User, contact_id: str) -> Row:
        return _found(self.of(user).contacts, contact_id, "Contact")

    def save_conversation(self, user: User, contact_id: str, from_number: str) -> tuple[Row, bool]:
        """Return the conversation of this contact and number, and whether it is new."""
        company = self.of(user)
        contact = self.contact(user, contact_id)
        if from_number not in company.numbers:
            raise Refusal(400, f"Number {from_number} does not belong to your company")
        for known in company.conversations.values():
            if (known["contact_id"], known["from_number"]) == (contact_id, from_number):
                return known, False
        row: Row = {"id": self._ids.new(), "contact_id": contact_id, "from_number": from_number, "contact": contact}
        company.conversations[row["id"]] = row
        company.messages[row["id"]] = []
        return row, True

    def conversation(self, user: User, conversation_id: str) -> Row:
        return _found(self.of(user).conversations, conversation_id, "Conversation")

    def send(self, user: User, conversation_id: str, text: str, media_urls: list[str]) -> Row:
        conversation = self.conversation(user, conversation_id)
        number = conversation["contact"]["number"]
        sides = {"frm": conversation["from_number"], "to": number, "success": not number.endswith(UNREACHABLE)}
        return self._add(user.company_id, conversation_id, text, "outbound", {**sides, "media_urls": media_urls})

    def arrive(self, conversation_id: str, text: str, file_names: list[str]) -> Row:
        """Store a message from the contact of a conversation of any company."""
        for company_id, company in self.companies.items():
            if conversation_id in company.conversations:
                conversation = company.conversations[conversation_id]
                sides = {"frm": conversation["contact"]["number"], "to": conversation["from_number"], "success": True}
                files = [self._file(company_id, name) for name in file_names]
                return self._add(company_id, conversation_id, text, "inbound", {**sides, "files": files})
        raise Refusal(404, "Conversation not found")

    def _add(self, company_id: str, conversation_id: str, text: str, direction: str, rest: Row) -> Row:
        row = {
            "conversation_id": conversation_id,
            "created_at": self._now().replace(tzinfo=None).isoformat(timespec="microseconds"),
            "direction": direction,
            "files": [],
            "id": self._ids.new(),
            "media_urls": [],
            "text": text,
            **rest,
        }
        self.companies[company_id].messages[conversation_id].append(row)
        return row

    def _file(self, company_id: str, description: str) -> Row:
        return {"company_id": company_id, "description": description, "id": self._ids.new()}

    def _add_number(self, user: User) -> None:
        area, line = divmod(next(self._serial), 100)
        number = f"{_AREA_CODES[area % len(_AREA_CODES)]}55501{line:02}"
        row = {"company_id": user.company_id, "id": self._ids.new(), "number": number, "ownership": [user.email]}
        self.companies[user.company_id].numbers[number] = row


def _found(rows: dict[str, Row], row_id: str, noun: str) -> Row:
    if row_id not in rows:
        raise Refusal(404, f"{noun} not found")
    return rows[row_id]
