"""Parts of the command line that several commands share: options, and failures as lines for the operator."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from gateway.config import ConfigurationError
from gateway.runtime.listener import CannotListen
from gateway.storage import CipherError, StoreAddressError
from providers.domain.errors import DomainError

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Path of the configuration, a TOML file; by default that of SWITCHBOARD_CONFIG.",
)

port_type = click.IntRange(0, 65535)


def restrict_new_files() -> None:
    """Let the owner alone read the files that this process creates: databases and keys."""
    os.umask(0o077)


class Failure(click.ClickException):
    """End of a command with exit code 1 and `lines` on standard error."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))

    def show(self, file: IO[Any] | None = None) -> None:
        # Without the prefix "Error: ", which click writes before the first line alone.
        click.echo(self.message, file=file or sys.stderr)


@contextmanager
def report_failures() -> Iterator[None]:
    """Raise Failure instead of the errors that an operator can do something about."""
    try:
        yield
    except ConfigurationError as error:
        raise Failure(error.faults) from None
    except (CannotListen, CipherError, DomainError, StoreAddressError) as error:
        raise Failure([str(error)]) from None
