import pytest

from gateway.connection.return_url import is_allowed

ALLOWED = ["https://app.example.com/settings/", "http://localhost:3000"]


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/settings/",
        "https://app.example.com/settings",
        "https://app.example.com/settings?tab=accounts#done",
        "https://app.example.com/settings/accounts?x=%2F",
        "https://app.example.com:443/settings/",
        "HTTPS://APP.example.com/settings/",
        "https://app.example.com/settings/a..b",
        "http://localhost:3000",
        "http://localhost:3000/",
        "http://localhost:3000/anything",
        "http://localhost:3000?x",
    ],
)
def test_the_origin_and_what_is_below_the_path_is_allowed(url: str) -> None:
    assert is_allowed(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/settings/",
        "//app.example.com/settings/",
        "https:/app.example.com/settings/",
        "https:app.example.com/settings/",
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com/setting",
        "https://app.example.com/settingsx",
        "https://app.example.com/Settings/",
        "http://app.example.com/settings/",
        "https://app.example.com:8443/settings/",
        "https://app.example.com:0/settings/",
        "https://app.example.com:99999/settings/",
        "https://app.example.com./settings/",
        "https://app.example.com.evil.example/settings/",
        "https://evil.example/https://app.example.com/settings/",
        "https://evil.example#https://app.example.com/settings/",
        "https://app.example.com@evil.example/settings/",
        "https://user:password@app.example.com/settings/",
        "https://@app.example.com/settings/",
        "https://app.example.com\\@evil.example/settings/",
        "https://app.example.com/settings\\..\\..\\",
        "https://evil.example\\.app.example.com/settings/",
        "https://app.example.com/settings/../admin",
        "https://app.example.com/settings/./",
        "https://app.example.com/settings/%2e%2e/admin",
        "https://app.example.com/settings/%2E./admin",
        "https://app.example.com/settings/..%2fadmin",
        "https://app.example.com/settings%2f..%2f",
        "https://app.example.com/settings/..;/admin",
        "https://app.example.com /settings/",
        " https://app.example.com/settings/",
        "https://app.example.com/settings/\r\nlocation: https://evil.example",
        "https://app.example.com/settings/\0",
        "ht\ttps://app.example.com/settings/",
        "https://[app.example.com]/settings/",
        "https://\uff41pp.example.com/settings/",
        "https://app\u3002example.com/settings/",
        "javascript:alert(1)//https://app.example.com/settings/",
        "data:text/html,https://app.example.com/settings/",
        "ftp://app.example.com/settings/",
        "http://localhost:3001/",
        "http://localhost/",
        "http://127.0.0.1:3000/",
        "https://localhost:3000/",
    ],
)
def test_whatever_might_lead_elsewhere_is_not(url: str) -> None:
    assert not is_allowed(url, ALLOWED)


def test_nothing_is_allowed_where_the_operator_allows_nothing() -> None:
    assert not is_allowed("https://app.example.com/", [])
