"""How many connections clients may open, and how long they may take to send what they owe, as the operator sets it."""

from pydantic import Field

from gateway.aio.admission import ConnectionLimits
from gateway.config.sections import Section

_DEFAULT = ConnectionLimits()


class Connections(Section):
    """Limits on clients' connections, in each process."""

    total: int = Field(_DEFAULT.total, ge=1, description="Maximum number of open connections, in each process.")
    per_address: int = Field(
        _DEFAULT.per_address,
        ge=1,
        description="Maximum number of them from one address (IPv6: from one /64 network); "
        "behind trusted_proxies, of requests and WebSockets at once from one forwarded address.",
    )
    header_seconds: float = Field(
        _DEFAULT.header_seconds, gt=0, description="Time for a request's header to arrive, in seconds."
    )
    header_bytes: int = Field(
        _DEFAULT.header_bytes, ge=1024, description="Size after which an unfinished header is refused, in bytes."
    )
    body_seconds: float = Field(
        _DEFAULT.body_seconds, gt=0, description="Time for a request's body to arrive, in seconds."
    )
    handshake_seconds: float = Field(
        _DEFAULT.handshake_seconds,
        gt=0,
        description="Time for a WebSocket to be accepted, and then to send connection_init, in seconds.",
    )
    keep_alive_seconds: int = Field(
        _DEFAULT.keep_alive_seconds, ge=1, description="Idle time between two requests of a connection, in seconds."
    )

    @property
    def limits(self) -> ConnectionLimits:
        return ConnectionLimits(**self.model_dump())
