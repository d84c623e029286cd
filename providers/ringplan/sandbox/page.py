"""The sandbox's few pages for people."""

from starlette.requests import Request

from providers.testing.sandbox import SandboxPages

_STYLE = """
  body { margin: 0 0 3rem; background: #f3f1ee; color: #26221c; font: 1rem/1.55 system-ui, sans-serif }
  header { padding: .9rem 1.5rem; background: #8a3b12; color: #fff; font-weight: 600 }
  header small { margin-left: .35rem; font-weight: 400; opacity: .8 }
  main { max-width: 38rem; margin: 0 auto; padding: 1.5rem }
  h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.3 }
  h2 { margin: 0 0 .5rem; font-size: 1.05rem }
  section, main > form, details { margin-top: 1.25rem; padding: 1.1rem 1.4rem; background: #fff;
    border-radius: .6rem; box-shadow: 0 1px .5rem #26221c1a }
  p { margin: .4rem 0 }
  form + p { margin: 1rem 1.4rem }
  label { display: block; font-weight: 600 }
  input { box-sizing: border-box; width: 100%; margin: .25rem 0 .8rem; padding: .5rem .65rem;
    border: 1px solid #b8afa3; border-radius: .4rem; background: #fff; color: inherit; font: inherit }
  pre { margin: .25rem 0 1rem; font: .85rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere;
    white-space: pre-wrap }
  .token { padding: .5rem .65rem; border: 1px solid #b8afa3; border-radius: .4rem; user-select: all }
  button { padding: .5rem 1.3rem; border: 1px solid #8a3b12; border-radius: .4rem; background: #8a3b12; color: #fff;
    font: inherit; cursor: pointer }
  button.plain { background: #fff; color: #8a3b12 }
  .said { max-width: 80%; width: fit-content; margin: .35rem 0; padding: .35rem .8rem; border-radius: .8rem;
    background: #ece8e2; overflow-wrap: anywhere; white-space: pre-wrap }
  .outbound { margin-left: auto; background: #f7dccd }
  .failed { outline: 1px dashed #a01818 }
  section form { display: flex; gap: .6rem; margin-top: .8rem }
  section form input { margin: 0 }
"""

page = SandboxPages("RingPlan", _STYLE).page


def is_browser(request: Request) -> bool:
    """Whether somebody will look at the answer."""
    return "text/html" in request.headers.get("accept", "")
