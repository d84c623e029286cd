"""The fields of a call to the sandbox: JSON, or a form with the participants as JSON."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import parse_qsl

from pydantic import JsonValue
from starlette.requests import Request

from providers.medixcel.ist import moment_from_ist
from providers.medixcel.sandbox.upstream import Refusal, SandboxParticipant


class Fields:
    """The fields of one call. A missing field is a 422, an unreadable one a 400."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self._values = values

    @classmethod
    async def of(cls, request: Request) -> "Fields":
        body = (await request.body()).decode(errors="replace")
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return cls(dict(parse_qsl(body, keep_blank_values=True)))
        values = _json(body)
        return cls(values if isinstance(values, dict) else {})

    def echo(self, action: str) -> dict[str, JsonValue]:
        """Return `request_recieved`: all fields, the client key included, with the participants as JSON."""
        return {
            "client_key": self._values["client_key"],
            "actionName": action,
            **{name: value if isinstance(value, str) else json.dumps(value) for name, value in self._values.items()},
        }

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if value in (None, "", []):
            raise Refusal(422, f"Parameters not found: {name}")
        return value if isinstance(value, str) else json.dumps(value)

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self._values.get(name) else None

    def number(self, name: str) -> int:
        text = self.text(name)
        if not text.isdecimal():
            raise Refusal(400, f"Bad request: {name}")
        return int(text)

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise Refusal(400, f"Bad request: {name}") from None

    def moment(self, name: str) -> datetime:
        try:
            return moment_from_ist(self.text(name))
        except ValueError:
            raise Refusal(400, f"Bad request: {name}") from None

    def optional_moment(self, name: str) -> datetime | None:
        return self.moment(name) if self._values.get(name) else None

    def participants(self) -> list[SandboxParticipant]:
        participants = _json(self.text("participants"))
        if not isinstance(participants, list) or not participants:
            raise Refusal(422, "Parameters not found: participants")
        return [_participant(one) for one in participants]


def _participant(value: JsonValue) -> SandboxParticipant:
    if not isinstance(value, dict) or "@" not in str(value.get("sEmail")):
        raise Refusal(400, "Bad request: sEmail")
    names = (value.get("sFirstName"), value.get("sLastName"))
    return SandboxParticipant(email=str(value["sEmail"]), name=" ".join(str(name) for name in names if name))


def _json(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        raise Refusal(400, "Bad request") from None
    return value
