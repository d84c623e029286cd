"""The consent page of M1, and the redirect back from it."""

from html import escape
from secrets import token_urlsafe
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from providers.medixcel.ist import ist_text
from providers.medixcel.sandbox.fields import Fields
from providers.medixcel.sandbox.page import page
from providers.medixcel.sandbox.upstream import SandboxClient, SandboxUpstream
from providers.medixcel.wire import ConnectionType

_SERVICES = {ConnectionType.ZOOM: "Zoom", ConnectionType.GOOGLE: "Google Meet"}

_QUESTION = """<p>An application wants to set up {service} meetings for its user <strong>{user_id}</strong>.</p>
<form method="post" action="consent/{token}">
  <button name="decision" value="decline">Decline</button>
  <button name="decision" value="allow">Allow</button>
</form>"""


class ConsentPages:
    """Ask for consent, and redirect the browser to the URL registered for the client."""

    def __init__(self, upstream: SandboxUpstream, client: SandboxClient) -> None:
        self._upstream = upstream
        self._client = client
        self._asked: dict[str, tuple[str, ConnectionType]] = {}

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/connectUserAccount.php", self.ask),
            Route("/consent/{token}", self.decide, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        query = request.query_params
        user_id, connection_type = query.get("user_id", ""), query.get("connection_type")
        if query.get("client_key") != self._client.key:
            return page("Unknown client", "<p>The client key is not registered.</p>", 400)
        if not user_id or connection_type not in {"1", "2"}:
            return page("Parameters not found", "<p>user_id and connection_type are needed.</p>", 422)
        asked = ConnectionType(int(connection_type))
        token = token_urlsafe()
        self._asked[token] = user_id, asked
        body = _QUESTION.format(service=_SERVICES[asked], user_id=escape(user_id), token=token)
        return page(f"Connect {_SERVICES[asked]}", body)

    async def decide(self, request: Request) -> Response:
        asked = self._asked.pop(request.path_params["token"], None)
        if asked is None:
            return page("Nothing to decide", "<p>This page was answered before.</p>", 410)
        fields = await Fields.of(request)
        answer = self._allow(*asked) if fields.optional_text("decision") == "allow" else self._decline(*asked)
        return RedirectResponse(f"{self._client.redirect_url}?{urlencode(answer)}", status_code=303)

    def _allow(self, user_id: str, connection_type: ConnectionType) -> dict[str, str]:
        account = self._upstream.connect(user_id, connection_type)
        return {
            "status": "success",
            "iAccountId": str(account.id),
            "expires_on": ist_text(account.expires_on),
            "connection_type": str(connection_type.value),
            "user_id": user_id,
        }

    def _decline(self, user_id: str, connection_type: ConnectionType) -> dict[str, str]:
        return {"status": "error", "connection_type": str(connection_type.value), "user_id": user_id}
