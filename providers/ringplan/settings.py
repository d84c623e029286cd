"""Settings of RingPlan."""

from pydantic import Field, SecretStr

from providers.api import ProviderSettings, WebAddress


class RingPlanSettings(ProviderSettings):
    """Settings of RingPlan; the default URLs are those of its documented sandbox."""

    api_url: WebAddress = Field("https://ssp-backend.dev.ringplan.com", description="Base URL of RingPlan's API.")
    login_url: WebAddress = Field("https://b2clogin.dev.ringplan.com", description="Base URL of RingPlan's login.")
    register_key: SecretStr | None = Field(
        None,
        min_length=1,
        description="Key of the operator for registering users; without it registerUser is not supported.",
    )
    poll_seconds: float = Field(
        10,
        gt=0,
        description="Interval in seconds at which messages, conversations and contacts are polled while a client "
        "subscribes to them.",
    )
    poll_always: bool = Field(False, description="Switch for polling without subscriptions.")
