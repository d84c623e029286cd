"""Limits of clients' connections: their number, and the time for what a client has to send."""

from pydantic import Field

from gateway.aio.admission import ConnectionLimits
from gateway.config.sections import Section


class Connections(Section):
    """Limits of clients' connections, in each process."""

    total: int = Field(1000, ge=1, description="Maximum number of open connections, in each process.")
    per_address: int = Field(
        500,
        ge=1,
        description="Maximum number of open connections from one address (IPv6: one /64 network); behind "
        "trusted_proxies, of concurrent requests and WebSockets from one forwarded address.",
    )
    header_seconds: float = Field(10, gt=0, description="Time limit for the arrival of a request's header in seconds.")
    header_bytes: int = Field(64 * 1024, ge=1024, description="Maximum size of a request's header in bytes.")
    body_seconds: float = Field(10, gt=0, description="Time limit for the arrival of a request's body in seconds.")
    handshake_seconds: float = Field(
        10,
        gt=0,
        description="Time limit in seconds for the handshake of a WebSocket, and then for its connection_init.",
    )
    keep_alive_seconds: int = Field(
        5, ge=1, description="Time in seconds for which a connection may be idle between two requests."
    )

    @property
    def limits(self) -> ConnectionLimits:
        return ConnectionLimits(**self.model_dump())
