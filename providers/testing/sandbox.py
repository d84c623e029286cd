"""Base of sandboxes: stand-ins for upstreams, for tests and for integrators without credentials.

A plug-in ships one as its module `sandbox` (`<the plug-in's package>.sandbox`) with a function `create_sandbox` that
returns a `Sandbox`. `switchboard sandbox` serves those of all installed plug-ins.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} · {brand} (sandbox)</title>
<link rel="icon" href="data:,">
<style>{style}</style>
<header>{brand} <small>sandbox</small></header>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A plug-in's sandbox, as `switchboard sandbox` serves it.

    `applications` are mounted by path: {"/example": app}. `provider` is the suggested name of the configured provider
    and `settings` are its keys; "{url}" in a value stands for the server's URL.
    """

    provider: str
    applications: Mapping[str, ASGIApp]
    settings: Mapping[str, str]

    def configuration(self, plugin: str, url: str) -> str:
        """Return the provider's table in TOML, for a sandbox at `url`."""
        values = {"plugin": plugin, **{key: value.replace("{url}", url) for key, value in self.settings.items()}}
        # A JSON string is a TOML basic string, if it is ASCII.
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        return "\n".join([f"[providers.{self.provider}]", *lines, ""])


@dataclass(frozen=True, slots=True)
class SandboxPages:
    """The HTML pages of a sandbox. `brand` is the upstream's name, `style` its CSS."""

    brand: str
    style: str

    def page(self, title: str, body: str, status: int = 200) -> HTMLResponse:
        """Return a page; `title` is text and gets escaped, `body` is HTML."""
        html = _PAGE.format(title=escape(title), brand=escape(self.brand), style=self.style, body=body)
        return HTMLResponse(html, status)
