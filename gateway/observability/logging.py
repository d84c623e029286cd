"""Logging: one line per event on standard error, from the gateway and its libraries, with the id of its request.

A line is text for a terminal, or JSON. The code logs no header, body, query or secret; as a safeguard, `_masked` masks
values whose keys are names of secrets. It also escapes control characters, so that input can neither forge a line nor
control a terminal.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from traceback import format_exception
from typing import Any, TextIO

import orjson
import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.types import EventDict, ExcInfo, Processor, WrappedLogger

from gateway.config import Log

_SECRET = re.compile(
    "authorization|client.?key|register.?key|api.?key|encryption.?key|cookie|credential|jwt|password|secret|ticket|token",
    re.IGNORECASE,
)
"""A value is masked if its key contains one of these."""

_MASK = "[hidden]"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_WITHIN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""The same without tab and line feed, which tracebacks contain."""

QUIET = ("alembic", "uvicorn", "httpx", "httpcore", "aiosqlite", "websockets")
"""Libraries whose information is redundant: they log warnings and errors only."""


def configure_logging(settings: Log) -> None:
    """Send all loggers of the process, structlog's and the standard library's, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_event,
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
    set_on_retry_hooks(())  # the metrics count every call of a provider, retries included
    logging.captureWarnings(capture=True)
    # No line has these, and finding them out takes a tenth of what a line costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderers(form: str) -> Sequence[Processor]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return without_meta, structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=_write_traceback,  # the default formatter prints variables, and so secrets
        )
    return (
        without_meta,
        structlog.processors.EventRenamer("message"),
        structlog.processors.ExceptionRenderer(_traceback),
        structlog.processors.JSONRenderer(serializer=_json),
    )


def _json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=_as_text, option=orjson.OPT_NON_STR_KEYS).decode()


def _as_text(value: object) -> str:
    return _escaped(str(value))


def _write_traceback(file: TextIO, exc_info: ExcInfo) -> None:
    file.write(f"\n{_traceback(exc_info)}")


def _traceback(exc_info: ExcInfo) -> str:
    return _escaped("".join(format_exception(*exc_info)).rstrip(), _CONTROL_WITHIN_LINES)


def _escaped(text: str, controls: re.Pattern[str] = _CONTROL) -> str:
    r"""Return `text` with control characters as in Python source: `\x1b`."""
    return controls.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {_escaped_key(key): _masked(key, value) for key, value in event.items()}


@lru_cache(maxsize=256)
def _escaped_key(key: str) -> str:
    return _escaped(key)


@lru_cache(maxsize=256)
def _names_a_secret(key: str) -> bool:
    return _SECRET.search(key) is not None


def _masked(key: object, value: Any) -> Any:
    if isinstance(key, str) and _names_a_secret(key):
        return _MASK
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, Mapping):
        return {inner: _masked(inner, it) for inner, it in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_masked(None, it) for it in value])  # exc_info has to stay a tuple
    return value
