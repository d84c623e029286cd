"""Settings of the embedded provider."""

from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from providers.api.provider import ProviderSettings
from providers.domain.web_address import WebAddress
from providers.http import HttpSettings

_PUBLIC_SERVER = "meet.jit.si"


class LocalSettings(ProviderSettings):
    """Settings with a default each: the embedded provider works without configuration."""

    meet_url: WebAddress = Field(
        "https://meet.jit.si",
        description="Any Jitsi Meet, with its tenant where it has one. "
        "meet.jit.si asks the first participant to log in.",
    )
    path: str = Field("local.db", min_length=1, description="The file that it keeps everything in.")
    jitsi_app_id: str | None = Field(
        None, min_length=1, description="The app id of a Jitsi Meet that asks for tokens, with jitsi_app_secret."
    )
    jitsi_app_secret: SecretStr | None = Field(None, min_length=1, description="What those tokens are signed with.")
    # The provider makes no HTTP call. Only `total_seconds` matters: it bounds a call while the file is locked.
    http: HttpSettings = HttpSettings(total_seconds=5)

    def notices(self, name: str) -> Sequence[str]:
        if urlsplit(self.meet_url).hostname != _PUBLIC_SERVER:
            return ()
        login = f"Since 2023 {_PUBLIC_SERVER} asks the first participant of a meeting to log in."
        return (f"{login} To use your own Jitsi Meet, set meet_url in [providers.{name}].",)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.jitsi_app_id is None) != (self.jitsi_app_secret is None):
            raise ValueError("jitsi_app_id and jitsi_app_secret belong together: set both or neither")
        return self
