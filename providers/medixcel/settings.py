"""What an operator configures of Medixcel Connect."""

from typing import Literal

from pydantic import Field, SecretStr

from providers.api import ProviderSettings, WebAddress


class MedixcelSettings(ProviderSettings):
    """`schedule_path` is where M2 is, which the document tells in two ways."""

    base_url: WebAddress = Field("https://services.medixcel.in/connect", description="Where Medixcel Connect is.")
    client_key: SecretStr = Field(min_length=1, description="The operator's own key.")
    encoding: Literal["json", "form"] = Field("json", description="How bodies are encoded.")
    schedule_path: str = Field(
        "set_up_meeting",
        pattern=r"^[\w.-]+(/[\w.-]+)*$",
        description="Where meetings are scheduled: documents also name schedule_meeting.",
    )
