import json
import logging
import string
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog

from gateway.config import Log
from gateway.observability.logging import QUIET, configure_logging


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, QUIET))}
    yield
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Lines:
    """The lines logged on standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        return self._capsys.readouterr().err

    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return Lines(capsys)


def configure(form: Literal["auto", "console", "json"] = "json", level: Literal["debug", "info"] = "info") -> None:
    configure_logging(Log(format=form, level=level))


def test_a_line_is_json_with_time_level_and_logger(lines: Lines) -> None:
    configure()
    structlog.stdlib.get_logger("gateway.here").info("account connected", account="a1")
    (line,) = lines.json()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"message": "account connected", "account": "a1", "level": "info", "logger": "gateway.here"}


def test_lines_of_the_standard_library_look_the_same(lines: Lines) -> None:
    configure()
    logging.getLogger("library").warning("lost %s", "something", extra={"attempt": 2})
    (line,) = lines.json()
    assert (line["message"], line["level"], line["logger"], line["attempt"]) == (
        "lost something",
        "warning",
        "library",
        2,
    )


def test_context_variables_are_on_every_line(lines: Lines) -> None:
    configure()
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.stdlib.get_logger().info("ours")
        logging.getLogger("library").warning("theirs")
    assert [line["request_id"] for line in lines.json()] == ["r1", "r1"]


@pytest.mark.parametrize("name", ["authorization", "client_key", "Client-Key", "id_token", "refresh_token", "password"])
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_with_a_secret_name_is_not_shown(lines: Lines, name: str, form: Literal["json", "console"]) -> None:
    configure(form)
    structlog.stdlib.get_logger().info("x", **{name: "sesame"}, nested={"deep": [{name: "sesame"}]})
    logging.getLogger("library").warning("x", extra={name: "sesame"})
    text = lines.text()
    assert "sesame" not in text
    assert text.count("[hidden]") == 3


def test_a_traceback_shows_no_variables(lines: Lines) -> None:
    configure("console")
    hidden = "sesame"
    try:
        raise RuntimeError(str(len(hidden)))
    except RuntimeError:
        structlog.stdlib.get_logger().exception("failed")
    text = lines.text()
    assert "RuntimeError" in text
    assert "sesame" not in text.replace('hidden = "sesame"', "")


def test_an_exception_stays_on_its_line(lines: Lines) -> None:
    configure()
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        structlog.stdlib.get_logger().exception("failed")
    (line,) = lines.json()
    assert "RuntimeError: broken" in line["exception"]


def test_less_than_the_level_is_not_logged(lines: Lines) -> None:
    configure(level="info")
    structlog.stdlib.get_logger().debug("detail")
    assert lines.text() == ""


def test_json_is_logged_if_standard_error_is_not_a_terminal(lines: Lines) -> None:
    configure("auto")
    structlog.stdlib.get_logger().info("x")
    assert lines.json()[0]["message"] == "x"


@pytest.mark.parametrize("name", ["uvicorn.access", "uvicorn.error", "httpx"])
def test_a_request_is_logged_once(lines: Lines, name: str) -> None:
    configure()
    logging.getLogger(name).info("GET /connect/ringplan/start?ticket=sesame")
    assert lines.text() == ""


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("sent", ["\x1b[31mred", "a\nb", "a\rb", "\x9b31m", "\x7f", "\u2028", "nul\0", "half \ud83d"])
def test_a_control_character_is_escaped_wherever_it_is_sent(
    lines: Lines, form: Literal["json", "console"], sent: str
) -> None:
    configure(form)
    structlog.stdlib.get_logger().info("refused", provider=sent, nested={"deep": [sent]}, error=ValueError(sent))
    logging.getLogger("library").warning("lost %s", sent, extra={"more": (sent,)})
    with pytest.raises(RuntimeError) as raised:
        raise RuntimeError(sent.replace("\n", " "))
    structlog.stdlib.get_logger().error("failed", exc_info=raised.value)
    text = lines.text()
    assert text.count("half" if "half" in sent else "refused") >= 1
    assert not {*sent} & {*text} - {*string.printable} - {"\n"}
    assert "\r" not in text
    assert len([line for line in text.splitlines() if "refused" in line or "lost" in line]) == 2


def test_an_exception_that_is_handed_over_outside_of_its_handler_is_shown(lines: Lines) -> None:
    configure()
    with pytest.raises(RuntimeError) as raised:
        raise RuntimeError("broken")
    logging.getLogger("library").error("failed", exc_info=(raised.type, raised.value, raised.tb))
    (line,) = lines.json()
    assert "RuntimeError: broken" in line["exception"]
