import tomllib

from starlette.applications import Starlette

from providers.testing.sandbox import Sandbox, SandboxPages


def test_the_configuration_of_a_sandbox_is_toml_with_its_url() -> None:
    sandbox = Sandbox(
        provider="texts",
        applications={"/texts": Starlette()},
        settings={"api_url": "{url}/texts", "api_key": 'made-up "key" {of} the\\tests'},
    )
    table = tomllib.loads(sandbox.configuration("my_texts", "http://127.0.0.1:8001"))["providers"]["texts"]
    assert table == {
        "plugin": "my_texts",
        "api_url": "http://127.0.0.1:8001/texts",
        "api_key": 'made-up "key" {of} the\\tests',
    }


def test_the_title_of_a_page_is_escaped_and_its_body_is_not() -> None:
    response = SandboxPages("Texts & more", "body { margin: 0 }").page("<Log in>", "<form></form>", 401)
    html = bytes(response.body).decode()
    assert response.status_code == 401
    assert "<title>&lt;Log in&gt; · Texts &amp; more (sandbox)</title>" in html
    assert "<h1>&lt;Log in&gt;</h1>\n<form></form>" in html
    assert "<style>body { margin: 0 }</style>" in html
