"""R2 in a browser: a login form, and the two tokens to copy."""

from collections.abc import Iterable, Mapping
from html import escape

import orjson
from starlette.responses import Response

from providers.ringplan.sandbox.page import page


def login_page(emails: Iterable[str]) -> Response:
    """Return a login form; the real page uses a browser's session."""
    options = "".join(f"<option value='{escape(email, quote=True)}'>" for email in emails)
    form = (
        "<form><label for=email>E-mail address</label>"
        "<input id=email type=email name=email list=known autocomplete=off required autofocus>"
        f"<datalist id=known>{options}</datalist><button>Log in</button></form>"
        "<p>Any address will do, and there are no passwords: a new address is registered.</p>"
    )
    return page("Log in to RingPlan", form, 401)


def token_page(email: str, shown: Mapping[str, object]) -> Response:
    """Return the page of R2's response, with the two tokens for `connectAccount` on top."""
    fields = "".join(
        f"<h2>{name}</h2><pre class=token id={name}>{escape(str(shown[name]))}</pre>"
        for name in ("id_token", "refresh_token")
    )
    whole = escape(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    body = (
        f"<p>You are {escape(email)}. Paste both into <code>connectAccount</code>, as <code>idToken</code> and "
        f"<code>refreshToken</code>.</p><section>{fields}</section>"
        f"<details><summary>All that RingPlan answers</summary><pre>{whole}</pre></details>"
    )
    return page("Your tokens", body)
