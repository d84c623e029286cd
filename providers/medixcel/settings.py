"""Settings of Medixcel Connect."""

from typing import Literal

from pydantic import Field, SecretStr

from providers.api import ProviderSettings, WebAddress


class MedixcelSettings(ProviderSettings):
    """Settings of Medixcel Connect. `schedule_path` is the path of call M2, for which the document has two names."""

    base_url: WebAddress = Field("https://services.medixcel.in/connect", description="Base URL of Medixcel Connect.")
    client_key: SecretStr = Field(min_length=1, description="Client key of the operator.")
    encoding: Literal["json", "form"] = Field("json", description="Encoding of request bodies.")
    schedule_path: str = Field(
        "set_up_meeting",
        pattern=r"^[\w.-]+(/[\w.-]+)*$",
        description="Path of the call that schedules meetings; the document also names schedule_meeting.",
    )
