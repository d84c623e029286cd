"""Logging: one line an event on standard error, from us and from every library, with the request that it belongs to.

Lines are for people or JSON. A line holds no header, no body, no query and no secret: `_masked` is the net below that.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.types import EventDict, Processor, WrappedLogger

from gateway.settings import Log

_SECRET = re.compile(
    "authorization|client.?key|register.?key|api.?key|encryption.?key|cookie|credential|jwt|password|secret|ticket|token",
    re.IGNORECASE,
)
"""A value is not shown where its key contains one of these."""

_MASK = "[hidden]"
QUIET = ("alembic", "uvicorn", "httpx", "httpcore", "aiosqlite", "websockets")
"""Libraries that tell what we tell better, or what nobody needs."""


def configure_logging(settings: Log) -> None:
    """Sends every logger of the process, structlog's and the standard library's, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _masked,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_renderers(settings.format))
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    set_on_retry_hooks(())  # every call of a provider is counted where clients of /metrics see it, retries too
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderers(form: str) -> Sequence[Processor]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return without_meta, structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # the default one shows variables, and so secrets
        )
    return (
        without_meta,
        structlog.processors.EventRenamer("message"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_json),
    )


def _json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _shown(key, value) for key, value in event.items()}


def _shown(key: object, value: Any) -> Any:
    if isinstance(key, str) and _SECRET.search(key):
        return _MASK
    if isinstance(value, Mapping):
        return {inner: _shown(inner, it) for inner, it in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(None, it) for it in value]
    return value
