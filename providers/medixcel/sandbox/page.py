"""The pages that a browser sees at the stand-in."""

from providers.testing.sandbox import SandboxPages

_STYLE = """
  body { margin: 0; background: #eef3f2; color: #1d2b29; font: 1.05rem/1.6 system-ui, sans-serif }
  header { padding: 1rem 1.5rem; background: #0b5d53; color: #fff; font-weight: 600 }
  header small { font-weight: 400; opacity: .8 }
  main { max-width: 28rem; margin: 12vh auto 0; padding: 1.5rem 2rem 2rem; background: #fff; border-radius: .75rem;
    box-shadow: 0 .25rem 1.5rem #0b5d5322 }
  h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.3 }
  form { display: flex; gap: .75rem; margin-top: 1.5rem }
  button { flex: 1; padding: .65rem 1rem; border: 1px solid #0b5d53; border-radius: .5rem; background: #fff;
    color: #0b5d53; font: inherit; cursor: pointer }
  button[value=allow] { background: #0b5d53; color: #fff }
"""

page = SandboxPages("Medixcel Connect", _STYLE).page
