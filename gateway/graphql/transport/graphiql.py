"""The page for browsers: GraphiQL, or a plain explorer if GraphiQL's CDN can't be reached."""

from base64 import b64encode
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

PAGE = Path(__file__).with_name("page")
SCRIPTS = ("results.js", "schema.js", "explorer.js", "main.js")
CDN = "https://cdn.jsdelivr.net"

_OFF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class GraphiqlPage:
    """An ASGI app that sends the page, which is read when a browser first requests it.

    Its content security policy allows no other script, and connections to the gateway alone.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        html, headers = self._content
        await HTMLResponse(html, headers=headers)(scope, receive, send)

    @cached_property
    def _content(self) -> tuple[bytes, dict[str, str]]:
        script = "".join(PAGE.joinpath(name).read_text("utf-8") for name in SCRIPTS)
        html = PAGE.joinpath("page.html").read_text("utf-8")
        style = PAGE.joinpath("page.css").read_text("utf-8")
        headers = {
            "Content-Security-Policy": _policy(script),
            "Cache-Control": "no-cache",
            "Vary": "Accept",
        }
        return html.replace("{style}", style).replace("{script}", script).encode(), headers


async def switched_off_page(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app that sends a page which says that GraphiQL is off, and which setting turns it on."""
    html = PAGE.joinpath("off.html").read_text("utf-8")
    headers = {"Content-Security-Policy": _OFF_POLICY, "Cache-Control": "no-store", "Vary": "Accept"}
    await HTMLResponse(html, headers=headers)(scope, receive, send)


def _policy(script: str) -> str:
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{digest}' {CDN}",
            f"style-src 'unsafe-inline' {CDN}",
            f"font-src data: {CDN}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
