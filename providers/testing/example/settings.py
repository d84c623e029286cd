"""Settings of Example."""

from pydantic import Field, SecretStr

from providers.api import ProviderSettings, WebAddress


class ExampleSettings(ProviderSettings):
    """The keys of `[providers.example]`."""

    api_url: WebAddress = Field("https://api.example.com", description="Base URL of Example's API.")
    api_key: SecretStr = Field(min_length=1, description="API key of the operator.")
