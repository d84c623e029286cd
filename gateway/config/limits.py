"""Limits of requests and operations."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gateway.config.connections import Connections
from gateway.config.errors import fault_at
from gateway.config.sections import Section
from gateway.config.trusted_documents import read_trusted_documents


def _manifest(path: Path) -> Path:
    read_trusted_documents(path)
    return path


class Limits(Section):
    """Limits of requests and operations. An operation is counted with its fragments expanded."""

    body: int = Field(256 * 1024, ge=1, description="Maximum size of a request, and of a WebSocket message, in bytes.")
    tokens: int = Field(2000, ge=1, description="Maximum number of tokens in a document.")
    depth: int = Field(15, ge=1, description="Maximum depth of fields in an operation.")
    aliases: int = Field(30, ge=0, description="Maximum number of aliases in an operation.")
    root_fields: int = Field(20, ge=1, description="Maximum number of root fields in an operation.")
    directives: int = Field(50, ge=0, description="Maximum number of directives in an operation.")
    batching: bool = Field(False, description="Switch for requests that are lists of operations.")
    batch: int = Field(10, ge=1, description="Maximum number of operations in such a list.")
    trusted_documents: Annotated[Path, AfterValidator(_manifest)] | None = Field(
        None,
        description="Path of a file of documents that clients name by documentId, as Relay or Apollo writes it.",
    )
    only_trusted: bool = Field(False, description="Switch that refuses all other documents.")
    cost: int = Field(
        10_000,
        ge=1,
        description="Maximum cost of an operation in points: one for each object, more for calls of providers.",
    )
    cost_bucket: int = Field(20_000, ge=1, description="Points that a viewer can spend at once, in each process.")
    cost_restore_rate: int = Field(1_000, ge=1, description="Points that are restored per second.")
    connections: int = Field(20, ge=1, description="Maximum number of open WebSockets of a viewer, in each process.")
    subscriptions: int = Field(
        100, ge=1, description="Maximum number of open subscriptions of a viewer, in each process."
    )
    internal_media: bool = Field(False, description="Switch for mediaUrls with private, loopback and link-local hosts.")
    seconds: float = Field(
        30,
        gt=0,
        description="Time limit of an operation, and of each event of a subscription, in seconds. A mutation that "
        "takes longer is still completed.",
    )

    @model_validator(mode="after")
    def _only_trusted_needs_documents(self) -> "Limits":
        if self.only_trusted and self.trusted_documents is None:
            raise fault_at("only_trusted", "expected false without trusted_documents")
        return self

    @property
    def max_batch(self) -> int:
        """The most operations of a request that is a list; 0 if requests may not be lists."""
        return self.batch if self.batching else 0


class GraphqlLimits(Limits):
    """The section's limits, those that other sections determine, and those that no setting changes.

    introspection            whether clients may read the schema
    suggestions              whether errors suggest names; without introspection, whether they have details at all
    connection_init_seconds  for a WebSocket to send connection_init
    cached_documents         number of documents that stay parsed and validated
    heartbeat_seconds        between two pings on a WebSocket, or two comments in an event stream
    send_seconds             for a client to read what it was sent, before it is disconnected
    websocket_operations     operations at once on one WebSocket
    websocket_refusals       refused operations in a row on one WebSocket, before it is closed
    """

    introspection: bool = True
    suggestions: bool = True
    connection_init_seconds: float = Connections().handshake_seconds
    cached_documents: int = 256
    heartbeat_seconds: float = 12
    send_seconds: float = 10
    websocket_operations: int = 100
    websocket_refusals: int = 100
