import pytest

from gateway.accounts.return_urls import is_allowed, with_parameters

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
        "https://app.example.com/settings/v1.2/index.html",
        "https://app.example.com/settings/a%20b%2520c",
        "https://app.example.com/settings/%C3%BC",
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
        "https://app.example.com/settings/%252e%252e/admin",
        "https://app.example.com/settings/%25252525252525252e%25252525252525252e/admin",
        "https://app.example.com/settings/index%2ehtml",
        "https://app.example.com/settings/index%252ehtml",
        "https://app.example.com/settings/\uff0e\uff0e/admin",
        "https://app.example.com/settings/%EF%BC%8E%EF%BC%8E/admin",
        "https://app.example.com/settings/\u2025/admin",
        "https://app.example.com/settings/\u2024\u2024/admin",
        "https://app.example.com/settings/..\uff0fadmin",
        "https://app.example.com/settings/%c0%ae%c0%ae/admin",
        "https://app.example.com/settings//admin",
        "https://app.example.com/settings//evil.example",
        "https://app.example.com/settings/%2f/evil.example",
        "https://app.example.com/settings/%2fevil.example",
        "https://app.example.com/settings/..%5cadmin",
        "https://app.example.com/settings/%5c%5cevil.example",
        "https://app.example.com/settings/%00",
        "https://app.example.com/settings/%0d%0alocation:x",
        "https://app.example.com/settings/%250a",
        "https://app.example.com/settings/%7f",
        "https://app.example.com/settings/\x7f",
        "https://app.example.com/settings/\x9b",
        "https://app.example.com/settings/%c2%85",
        "https://app.example.com/settings/\u2028",
        "https://app.example.com/settings/" + "%25" * 1_000 + "2e",
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


def test_no_return_url_is_allowed_by_default() -> None:
    assert not is_allowed("https://app.example.com/", [])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://app.example.com/", "https://app.example.com/?status=success&account=a%2Fb"),
        ("https://app.example.com/?tab=1#top", "https://app.example.com/?tab=1&status=success&account=a%2Fb#top"),
        (
            "https://app.example.com/?status=x&tab=1&account=",
            "https://app.example.com/?tab=1&status=success&account=a%2Fb",
        ),
        (
            "https://app.example.com/?%73tatus=x&status&a=%2F",
            "https://app.example.com/?a=%2F&status=success&account=a%2Fb",
        ),
        ("https://app.example.com/?statuses=x", "https://app.example.com/?statuses=x&status=success&account=a%2Fb"),
    ],
)
def test_parameters_replace_those_of_the_same_names(url: str, expected: str) -> None:
    assert with_parameters(url, {"status": "success", "account": "a/b"}) == expected
