"""Settings of calls of a provider."""

from pydantic import BaseModel, ConfigDict, Field

from providers.http.limits import Timeouts, Traffic

_TRAFFIC = Traffic()
_TIMEOUTS = _TRAFFIC.timeouts


class HttpSettings(BaseModel):
    """Settings that every provider over HTTP has. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    connect_seconds: float = Field(_TIMEOUTS.connect, gt=0, description="Connect timeout in seconds.")
    read_seconds: float = Field(_TIMEOUTS.read, gt=0, description="Read timeout in seconds.")
    total_seconds: float = Field(
        _TIMEOUTS.total, gt=0, description="Time limit of a call in seconds, including queueing and retries."
    )
    retries: int = Field(
        _TRAFFIC.retries, ge=0, le=10, description="Maximum number of retries of a call that is safe to repeat."
    )
    concurrency: int = Field(_TRAFFIC.concurrency, ge=1, description="Maximum number of concurrent calls.")
    calls_per_second: float | None = Field(
        None, gt=0, description="Maximum number of calls per second; unlimited if it is not set."
    )

    max_body_bytes: int = Field(
        _TRAFFIC.max_body_bytes,
        ge=1,
        description="Maximum size of a response body in bytes, compressed and decompressed.",
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
