"""Settings of the embedded provider."""

from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from providers.api import HttpSettings, ProviderSettings, WebAddress

_PUBLIC_SERVER = "meet.jit.si"


class LocalSettings(ProviderSettings):
    """Settings of the embedded provider, all optional."""

    meet_url: WebAddress = Field(
        "https://meet.jit.si",
        description="URL of a Jitsi Meet server, with its tenant if it has one. meet.jit.si asks the first participant "
        "to log in.",
    )
    path: str = Field("local.db", min_length=1, description="Path of the provider's SQLite file.")
    jitsi_app_id: str | None = Field(
        None, min_length=1, description="App id of a Jitsi Meet server that requires tokens; needs jitsi_app_secret."
    )
    jitsi_app_secret: SecretStr | None = Field(None, min_length=1, description="Secret that signs these tokens.")
    http: HttpSettings = HttpSettings(total_seconds=5)
    # Nothing goes over HTTP; total_seconds still bounds a call, which waits for a locked file.

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
