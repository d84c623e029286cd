"""Settings of RingPlan."""

from pydantic import Field, SecretStr

from providers.api.provider import ProviderSettings
from providers.domain.web_address import WebAddress


class RingPlanSettings(ProviderSettings):
    """The defaults are RingPlan's documented sandbox."""

    api_url: WebAddress = Field("https://ssp-backend.dev.ringplan.com", description="Where RingPlan's API is.")
    login_url: WebAddress = Field("https://b2clogin.dev.ringplan.com", description="Where its users log in.")
    register_key: SecretStr | None = Field(
        None, min_length=1, description="The operator's key; without it no user can be registered."
    )
    poll_seconds: float = Field(
        10, gt=0, description="How often messages are looked for while somebody listens for them."
    )
    poll_always: bool = Field(False, description="Whether messages are looked for although nobody listens.")
