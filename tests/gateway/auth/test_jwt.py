import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.auth.jwt import JwtAuthenticator
from gateway.auth.jwt_keys import open_keys
from gateway.config import ConfigurationError, Jwt
from providers.domain.errors import Unauthenticated
from providers.domain.viewer import Authenticated, Viewer
from tests.gateway.auth.issuer import KEYS, OTHER_KEYS, SECRET, claims, private_pem, public_pem, signed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


def bearers(**wanted: object) -> JwtAuthenticator:
    jwt = Jwt.model_validate({"secret": SECRET, **wanted} if "algorithms" not in wanted else wanted)
    return JwtAuthenticator(jwt, open_keys(jwt, lambda: datetime.now(UTC)))


async def authenticate(token: str, **wanted: object) -> Authenticated:
    return await bearers(**wanted).authenticate(token)


async def assert_refused(token: str, **wanted: object) -> str:
    """Without a traceback, and with nothing of the token in the answer or in the log, which says what it failed."""
    with capture_logs() as log, pytest.raises(Unauthenticated) as refused:
        await authenticate(token, **wanted)
    (entry,) = log
    check: str = entry["check"]
    assert entry == {"event": "token_refused", "log_level": "info", "check": check}
    expired = check == "expired"
    assert refused.value.message == ("The token has expired." if expired else "The token is not valid.")
    assert refused.value.reason == ("TOKEN_EXPIRED" if expired else None)
    assert refused.value.__suppress_context__
    assert not token or token not in str(log)
    return check


def assembled(header: object, payload: object, secret: str = SECRET) -> str:
    """A token put together by hand, with a signature of HS256."""
    parts = ".".join(encoded(json.dumps(part).encode()) for part in (header, payload))
    return f"{parts}.{encoded(hmac.digest(secret.encode(), parts.encode(), 'sha256'))}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def test_a_token_names_the_viewer_the_scopes_and_the_end() -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    found = await authenticate(signed(SECRET, "HS256", sub="ada", scope="read admin paint", exp=end.timestamp()))
    assert found == Authenticated(Viewer("ada", frozenset({"read", "admin"})), end)


@pytest.mark.parametrize("blank", ["\x1f", "\x85", "\u2003", "\n", "\t", "\0"])
async def test_scopes_are_separated_by_spaces_alone(blank: str) -> None:
    found = await authenticate(signed(SECRET, "HS256", scope=f"read{blank}admin write"))
    assert found.viewer.scopes == {"write"}


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_is_checked_with_the_public_key_of_the_settings(algorithm: str) -> None:
    wanted = {"algorithms": [algorithm], "public_key": public_pem(KEYS[algorithm])}
    assert (await authenticate(signed(KEYS[algorithm], algorithm), **wanted)).viewer.user_id == "ada"
    await assert_refused(signed(OTHER_KEYS[algorithm], algorithm), **wanted)


async def test_a_public_key_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(public_pem(KEYS["ES256"]))
    wanted = {"algorithms": ["ES256"], "public_key_file": path}
    assert (await authenticate(signed(KEYS["ES256"], "ES256"), **wanted)).viewer.user_id == "ada"


@pytest.mark.parametrize(
    ("algorithm", "text"),
    [
        ("RS256", "sesame"),
        ("RS256", public_pem(KEYS["ES256"])),
        ("ES256", public_pem(OTHER_KEYS["ES384"])),
        ("EdDSA", public_pem(KEYS["RS256"])),
        ("RS256", private_pem(KEYS["RS256"])),
    ],
)
def test_a_public_key_that_the_algorithms_cannot_use_is_a_fault_that_does_not_show_it(
    algorithm: str, text: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        bearers(algorithms=[algorithm], public_key=text)
    assert raised.value.faults == (f"auth.jwt.public_key: expected a public key in PEM for {algorithm}",)


def test_a_public_key_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "none.pem"
    with pytest.raises(ConfigurationError, match=f"auth.jwt.public_key_file: {path}: No such file or directory"):
        bearers(algorithms=["RS256"], public_key_file=path)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": ...},
        {"sub": ""},
        {"sub": " "},
        {"sub": "\u3000"},
        {"sub": None},
        {"sub": 7},
        {"sub": ["ada"]},
        {"sub": "\ud800"},
        {"sub": "ada\0"},
        {"sub": "\0ada"},
        {"sub": "ada\n"},
        {"sub": "ada\x1f"},
        {"sub": "ada\x9b"},
        {"sub": "ada\u2028"},
        {"sub": "ada\ufffd"},
        {"exp": ...},
        {"exp": None},
        {"exp": "soon"},
        {"exp": str(2**33)},
        {"exp": True},
        {"exp": []},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**300},
        {"exp": 10**15},
        {"nbf": "soon"},
        {"nbf": {}},
        {"nbf": float("inf")},
        {"iat": float("inf")},
        {"scope": ["read", "admin"]},
        {"scope": None},
        {"scope": {"admin": True}},
    ],
    ids=str,
)
async def test_claims_of_the_wrong_type_are_refused(changes: dict[str, object]) -> None:
    await assert_refused(assembled({"alg": "HS256"}, claims(**changes)))


@settings(deadline=None)
@given(name=st.sampled_from(["sub", "exp", "nbf", "iat", "iss", "aud", "scope", "jti"]), value=JSON)
async def test_any_value_of_a_claim_is_accepted_or_refused_without_a_crash(name: str, value: object) -> None:
    wanted = {"issuer": "https://issuer.example.com", "audience": "switchboard"}
    good = claims(iss=wanted["issuer"], aud=wanted["audience"])
    try:
        found = await authenticate(assembled({"alg": "HS256"}, {**good, name: value}), **wanted)
    except Unauthenticated:
        return
    assert found.viewer.user_id in {"ada", value}
    assert found.viewer.scopes <= {"read", "write", "admin"}


@settings(deadline=None)
@given(header=JSON, payload=JSON)
async def test_a_token_of_arbitrary_json_is_refused(header: object, payload: object) -> None:
    with pytest.raises(Unauthenticated):
        await authenticate(assembled(header, payload))


@settings(deadline=None)
@given(token=st.text(st.characters(max_codepoint=127)))
async def test_any_text_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await authenticate(token)


async def test_a_token_is_accepted_for_half_a_minute_after_it_expires() -> None:
    now = time.time()
    found = await authenticate(signed(SECRET, "HS256", exp=now - 25, nbf=now + 25))
    assert found.expires_at is not None
    assert found.expires_at.timestamp() == pytest.approx(now + 5, abs=1)
    await assert_refused(signed(SECRET, "HS256", exp=now - 35))
    await assert_refused(signed(SECRET, "HS256", nbf=now + 35))


ISSUER = "https://issuer.example.com"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({}, None),
        ({"exp": 1}, "expired"),
        ({"exp": 1, "iss": "https://other.example.com"}, "issuer"),
        ({"exp": 1, "aud": "other"}, "audience"),
        ({"exp": 1, "sub": 7}, "type of claim"),
        ({"iss": "https://other.example.com"}, "issuer"),
        ({"iss": ...}, "missing claim: iss"),
        ({"aud": "other"}, "audience"),
        ({"aud": ...}, "missing claim: aud"),
        ({"sub": ...}, "missing claim: sub"),
        ({"exp": ...}, "missing claim: exp"),
        ({"nbf": 2**33}, "not yet valid"),
        ({"iat": 2**33}, "not yet valid"),
        ({"scope": ["read"]}, "type of claim"),
        ({"sub": ""}, "type of claim"),
        ({"exp": "soon"}, "format"),
    ],
    ids=str,
)
async def test_the_log_names_the_check_that_a_token_failed(changes: dict[str, object], check: str | None) -> None:
    wanted = {"issuer": ISSUER, "audience": "switchboard"}
    good = {"iss": ISSUER, "aud": "switchboard"}
    token = assembled({"alg": "HS256"}, claims(**{**good, **changes}))
    if check is None:
        assert await authenticate(token, **wanted)
    else:
        assert await assert_refused(token, **wanted) == check


async def test_the_log_distinguishes_a_wrong_signature_a_wrong_algorithm_and_no_token() -> None:
    expired = {"exp": 1}
    assert await assert_refused(assembled({"alg": "HS256"}, claims(**expired), "another secret")) == "signature"
    assert await assert_refused(assembled({"alg": "HS512"}, claims(**expired))) == "algorithm"
    assert await assert_refused("e30.e30") == "format"


@pytest.mark.parametrize("issuer", [..., "https://other.example.com", ["https://issuer.example.com"], None])
async def test_another_issuer_is_refused(issuer: object) -> None:
    wanted = {"issuer": "https://issuer.example.com"}
    assert await authenticate(signed(SECRET, "HS256", iss=wanted["issuer"]), **wanted)
    await assert_refused(assembled({"alg": "HS256"}, claims(iss=issuer)), **wanted)


@pytest.mark.parametrize("audience", [..., "other", ["other"], [], None, {"switchboard": 1}, "switch"])
async def test_another_audience_is_refused(audience: object) -> None:
    assert await authenticate(signed(SECRET, "HS256", aud=["other", "switchboard"]), audience="switchboard")
    await assert_refused(assembled({"alg": "HS256"}, claims(aud=audience)), audience="switchboard")


@pytest.mark.parametrize("algorithm", ["none", "None", "", None, ["HS256"], {}, 1, "HS384", "RS256"])
async def test_other_algorithms_are_rejected(algorithm: object) -> None:
    await assert_refused(assembled({"alg": algorithm}, claims()))
    unsigned = assembled({"alg": algorithm}, claims()).rpartition(".")[0] + "."
    await assert_refused(unsigned)


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_public_key_is_no_secret_to_sign_with(algorithm: str) -> None:
    pem = public_pem(KEYS[algorithm])
    await assert_refused(assembled({"alg": "HS256"}, claims(), pem), algorithms=[algorithm], public_key=pem)
    await assert_refused(assembled({"alg": algorithm}, claims(), pem), algorithms=[algorithm], public_key=pem)


async def test_a_key_that_comes_with_the_token_is_not_used() -> None:
    header = {"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VzYW1l"}, "jku": "https://evil.example.com/keys"}
    await assert_refused(assembled(header, claims(), "sesame"))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"kid": 7}, {"b64": False}], ids=str)
async def test_a_header_with_unsupported_parameters_is_rejected(header: dict[str, object]) -> None:
    await assert_refused(assembled({"alg": "HS256", **header}, claims()))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30", ".".join(["e30"] * 5), "=" * 100])
async def test_a_text_that_is_not_a_token_is_rejected(token: str) -> None:
    await assert_refused(token)


async def test_a_token_that_was_altered_is_refused() -> None:
    header, _, signature = signed(SECRET, "HS256").split(".")
    payload = encoded(json.dumps(claims(sub="eve")).encode())
    await assert_refused(f"{header}.{payload}.{signature}")


async def test_a_payload_nested_without_end_is_refused() -> None:
    nested = encoded(b"[" * 5_000)
    header = encoded(b'{"alg":"HS256"}')
    parts = f"{header}.{nested}"
    await assert_refused(f"{parts}.{encoded(hmac.digest(SECRET.encode(), parts.encode(), 'sha256'))}")
    await assert_refused(f"{nested}.{nested}.x")
