"""Page of the connect flow that a browser shows when it can't be redirected. It has no scripts."""

from html import escape

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ margin: 0; background: #f3f4f7; color: #20242c; font: 1.05rem/1.6 system-ui, sans-serif }}
main {{ max-width: 26rem; margin: 18vh auto 0; padding: 1.75rem 2rem; background: #fff; border-radius: .75rem;
  border-top: .3rem solid {colour}; box-shadow: 0 .25rem 1.5rem #20242c1a }}
h1 {{ margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.3 }}
p {{ margin: 0 }}
</style>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</html>
"""
_GOOD, _BAD = "#2e7d4f", "#b3403a"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


def page(title: str, text: str, status: int = 200) -> HTMLResponse:
    """Return a page with `title` and `text`, both escaped."""
    colour = _GOOD if status < 400 else _BAD
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text), colour=colour), status, _HEADERS)
