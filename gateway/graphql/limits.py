"""How much of what a client may ask the transports to bear."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are in bytes, times in seconds. Of an operation is counted what it comes to with its fragments put in.

    body              of a request, and of a message of a WebSocket
    tokens            of a document
    depth             of the fields of an operation; what is asked of the schema itself is not counted
    aliases           of an operation
    root_fields       of an operation
    directives        of an operation
    batch             how many operations a request may have; 0 takes none of several
    seconds           for which a query or a mutation may run, and after which a subscription has to have begun
    introspection     whether the schema may be asked for
    suggestions       whether errors name what may have been meant; without introspection, whether they name anything
    cached_documents  that are kept, parsed and validated
    connection_init   until which a WebSocket has to say who it is
    heartbeat         between two signs of life: pings on a WebSocket, comments in an event stream
    patience          for which a client may leave what it asked for unread, before it is disconnected
    operations        that run at once on one WebSocket
    refusals          that a WebSocket may get one after the other, before it is closed
    connections       WebSockets that a viewer may have open at once
    subscriptions     that a viewer may have open at once, over whatever transport
    """

    body: int = 256 * 1024
    tokens: int = 2000
    depth: int = 15
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    batch: int = 0
    seconds: float = 30
    introspection: bool = True
    suggestions: bool = True
    cached_documents: int = 256
    connection_init: float = 10
    heartbeat: float = 12
    patience: float = 10
    operations: int = 100
    refusals: int = 100
    connections: int = 20
    subscriptions: int = 100
