"""What keeps a command from doing its work, in lines for the operator instead of a traceback."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click

from gateway.config import ConfigurationError
from gateway.runtime.server import CannotListen
from gateway.storage import CipherError, StoreAddressError
from providers.domain.errors import DomainError


class Failure(click.ClickException):
    """Ends a command with exit code 1 and these lines on standard error."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)


@contextmanager
def report_failures() -> Iterator[None]:
    """Turns whatever an operator can do something about into a Failure."""
    try:
        yield
    except ConfigurationError as error:
        raise Failure(error.faults) from None
    except (CannotListen, CipherError, DomainError, StoreAddressError) as error:
        raise Failure([str(error)]) from None
