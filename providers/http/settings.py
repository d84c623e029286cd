"""What an operator configures of a provider's calls."""

from pydantic import BaseModel, ConfigDict, Field

from providers.http.limits import Timeouts, Traffic

_TRAFFIC = Traffic()
_TIMEOUTS = _TRAFFIC.timeouts


class HttpSettings(BaseModel):
    """The same for every provider that is reached over HTTP. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    connect_seconds: float = Field(_TIMEOUTS.connect, gt=0, description="How long to wait for a connection.")
    read_seconds: float = Field(_TIMEOUTS.read, gt=0, description="How long a silence to wait through.")
    total_seconds: float = Field(
        _TIMEOUTS.total, gt=0, description="How long a call may take, with its waiting and its retries."
    )
    retries: int = Field(
        _TRAFFIC.retries, ge=0, le=10, description="How often what may be asked again is asked again by itself."
    )
    concurrency: int = Field(_TRAFFIC.concurrency, ge=1, description="How many calls may be under way at once.")
    calls_per_second: float | None = Field(
        None, gt=0, description="How fast calls may follow each other; as fast as they come without it."
    )

    max_body_bytes: int = Field(
        _TRAFFIC.max_body_bytes, ge=1, description="Largest response body in bytes, compressed or decompressed."
    )

    @property
    def traffic(self) -> Traffic:
        timeouts = Timeouts(connect=self.connect_seconds, read=self.read_seconds, total=self.total_seconds)
        return Traffic(
            timeouts=timeouts,
            concurrency=self.concurrency,
            rate=self.calls_per_second,
            retries=self.retries,
            max_body_bytes=self.max_body_bytes,
        )
