"""Settings of Medixcel Connect."""

from typing import Literal

from pydantic import Field, SecretStr

from providers.api.provider import ProviderSettings
from providers.domain.web_address import WebAddress


class MedixcelSettings(ProviderSettings):
    """`schedule_path` is a setting because the document names M2's path in two ways."""

    base_url: WebAddress = Field("https://services.medixcel.in/connect", description="Where Medixcel Connect is.")
    client_key: SecretStr = Field(min_length=1, description="The operator's own key.")
    encoding: Literal["json", "form"] = Field("json", description="How bodies are encoded.")
    schedule_path: str = Field(
        "set_up_meeting",
        pattern=r"^[\w.-]+(/[\w.-]+)*$",
        description="Where meetings are scheduled: documents also name schedule_meeting.",
    )
