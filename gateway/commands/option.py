"""Options that several commands share."""

from pathlib import Path

import click

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration, a TOML file; else the one that SWITCHBOARD_CONFIG names.",
)

port_type = click.IntRange(0, 65535)
