"""The page that browsers see: GraphiQL, or a plain explorer of our own where its CDN can't be reached."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from starlette.responses import HTMLResponse

PAGE = files("gateway.http").joinpath("page")
SCRIPTS = ("results.js", "schema.js", "explorer.js", "main.js")
CDN = "https://cdn.jsdelivr.net"


def graphiql_page() -> HTMLResponse:
    """Made once for all who ask. Its policy lets no other script run, and lets nothing be sent elsewhere."""
    script = "".join(PAGE.joinpath(name).read_text("utf-8") for name in SCRIPTS)
    html = PAGE.joinpath("page.html").read_text("utf-8")
    html = html.replace("{style}", PAGE.joinpath("page.css").read_text("utf-8")).replace("{script}", script)
    return HTMLResponse(html, headers={"Content-Security-Policy": _policy(script), "Cache-Control": "no-cache"})


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
