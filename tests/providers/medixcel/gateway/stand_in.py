"""The sandbox process as tests see it: through its switches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

Json = dict[str, Any]

ZOOM, GOOGLE = 1, 2


class StandIn:
    """Medixcel Connect of the sandbox. `url` is its base URL."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.url = str(http.base_url).rstrip("/")
        self._http = http

    async def start_over(self) -> None:
        await self._switch("DELETE", "state")
        await self._switch("DELETE", "faults")

    async def register(self, gateway: str) -> None:
        """Register the gateway's callback as the redirect URL."""
        await self._switch("PUT", "registration", redirect_url=f"{gateway}/connect/connect/callback")

    async def behave(self, **habits: object) -> None:
        await self._switch("PUT", "habits", **habits)

    async def fail(self, path: str = "*", **fault: object) -> None:
        """Add a fault for the next calls of a path: see `providers.testing.faults.Fault`."""
        await self._switch("POST", "faults", path=path, **fault)

    async def answer(self, path: str, output: Json, status: int = 200) -> None:
        """Set the response to the next call of a path."""
        body = {"output": output, "response_status_code": str(status), "msg": "success"}
        await self.fail(path, status=200, body=orjson.dumps(body).decode())

    async def change(self, meeting_id: str, **fields: object) -> None:
        """Change a meeting's `title` or `participants` (addresses) at the upstream, as its organiser would."""
        await self._switch("PATCH", f"meetings/{meeting_id}", **fields)

    async def settle(self) -> None:
        await self._switch("POST", "settle")

    async def connect(self, user_id: str, service: int = ZOOM) -> str:
        """Connect an account at the upstream only, and return its id."""
        account = await self._switch("POST", "accounts", user_id=user_id, connection_type=service)
        return str(account.json()["id"])

    async def schedule(self, account_id: str, start_time: str, title: str = "Visit", minutes: int = 30) -> str:
        """Schedule a meeting at the upstream only, at a time in India, and return its id."""
        output = await self.call(
            "set_up_meeting",
            video_call_provider_account_id=account_id,
            duration_in_minutes=str(minutes),
            meeting_title=title,
            participants=[{"iUserID": "", "sEmail": "ben@example.com", "sFirstName": "Ben", "sLastName": "Moor"}],
            start_time=start_time,
        )
        summary: Json = output["meeting_summary"]
        return str(summary.get("iMeetingID", summary.get("iMeetingId")))

    async def call(self, path: str, **fields: object) -> Json:
        """Call the service as another program of the operator, and return the output."""
        answer = await self._http.post(f"/{path}", json={"client_key": "sandbox-client-key", **fields})
        output: Json = answer.raise_for_status().json()["output"]
        return output

    async def state(self) -> Json:
        state: Json = (await self._switch("GET", "state")).json()
        return state

    @asynccontextmanager
    async def counted(self) -> AsyncIterator["Counted"]:
        """Record the calls of the service in the block."""
        before = len((await self._log())["calls"])
        counted = Counted()
        yield counted
        log = await self._log()
        counted.calls += log["calls"][before:]
        counted.peak = log["peak"]

    async def _log(self) -> Json:
        log: Json = (await self._switch("GET", "calls")).json()
        return log

    async def _switch(self, method: str, name: str, **fields: object) -> httpx.Response:
        answer = await self._http.request(method, f"/_sandbox/{name}", json=fields or None)
        return answer.raise_for_status()


class Counted:
    """The calls of a block, after its end; `peak` is the largest number of concurrent calls."""

    def __init__(self) -> None:
        self.calls: list[Json] = []
        self.peak = 0

    @property
    def paths(self) -> list[str]:
        return [call["path"].rpartition("/")[2] for call in self.calls]

    @property
    def fields(self) -> list[Json]:
        """Return the JSON body of each call."""
        return [orjson.loads(call["body"]) for call in self.calls]

    def of(self, path: str) -> int:
        return self.paths.count(path)
