"""The login host: R1 to R3."""

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.ringplan.sandbox.directory import Directory, User
from providers.ringplan.sandbox.ids import Clock
from providers.ringplan.sandbox.page import is_browser
from providers.ringplan.sandbox.responses import body_of, json_answer
from providers.ringplan.sandbox.token_page import login_page, token_page

_RESOURCE = str(uuid.uuid5(uuid.NAMESPACE_DNS, "ringplan.example.com"))


class UserBody(BaseModel):
    """R1."""

    first_name: str
    last_name: str
    email: str
    company: str
    key: str
    pwd: str | None = None


class LoginApi:
    def __init__(self, directory: Directory, now: Clock) -> None:
        self._directory = directory
        self._now = now

    def routes(self) -> list[Route]:
        return [
            Route("/api/user/register", self._register, methods=["POST"]),
            Route("/show-token", self._show_token),
            Route("/refresh-token", self._refresh_token),
        ]

    async def _register(self, request: Request) -> Response:
        body = await body_of(request, UserBody)
        user = self._directory.register(body.email, body.company)
        return json_answer({"_id": user.id, "email": user.email}, 201)

    async def _show_token(self, request: Request) -> Response:
        """Log in the user with the query's mail address; register an unknown one.

        Browsers get a page around the document's JSON.
        """
        email = request.query_params.get("email")
        if not email:
            return login_page(self._directory.users)
        user = self._directory.users.get(email) or self._directory.register(email, f"Company of {email}")
        shown = self._shown(user)
        return token_page(email, shown) if is_browser(request) else json_answer(shown)

    def _shown(self, user: User) -> Mapping[str, object]:
        pair = self._directory.issue(user)
        now = self._now().timestamp()
        lifetime = int(self._directory.id_token_lifetime.total_seconds())
        return {
            "_id": user.id,
            "access_token": pair.id_token,
            "expires_at": now + lifetime,
            "expires_in": lifetime,
            "expires_on": int(now) + lifetime,
            "id_token": pair.id_token,
            "id_token_expires_in": lifetime,
            "not_before": int(now),
            "profile_info": urlsafe_b64encode(orjson.dumps({"ver": "1.0"})).decode(),
            "refresh_token": pair.refresh_token,
            "refresh_token_expires_in": int(self._directory.refresh_token_lifetime.total_seconds()),
            "resource": _RESOURCE,
            "scope": ["/", "offline_access", "openid"],
            "token_type": "Bearer",
        }

    async def _refresh_token(self, request: Request) -> Response:
        pair = self._directory.renew(request.query_params.get("refresh_token", ""))
        return json_answer({"id_token": pair.id_token, "refresh_token": pair.refresh_token})
