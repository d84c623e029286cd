"""Configuration of a gateway with the sandbox, and tokens of its users."""

from tests.providers.ringplan.gateway.stand_in import StandIn
from tests.testkit.token import REQUIRED, token_of

ENCRYPTION_KEY = "bWFkZS11cCBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="


_FOR_EVER = 4_102_444_800


def token(user_id: str, scope: str = "read write") -> str:
    """One that a clock which runs ahead does not make old."""
    return token_of(user_id, scope, exp=_FOR_EVER)


def configuration(ringplan: StandIn, store_url: str, options: str = "") -> str:
    """TOML; every request carries a token, and `options` are more keys of the provider's."""
    return f"""
        [store]
        url = "{store_url}"
        encryption_keys = ["{ENCRYPTION_KEY}"]
        {REQUIRED}
        [providers.ringplan]
        plugin = "ringplan"
        api_url = "{ringplan.api_url}"
        login_url = "{ringplan.login_url}"
        register_key = "a made-up register key"
        {options}
    """
