"""The command line. Each command is a module of `gateway.commands`, imported when it is run."""

import gc
from importlib import import_module

import click

_COMMANDS = ("check", "key", "new-provider", "rekey", "sandbox", "schema", "serve")


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        gc.disable()  # imports leave no garbage, and looking for it would take a tenth of the start-up time
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"gateway.commands.{name}"), name)
        gc.freeze()  # nothing that was imported is ever garbage
        gc.enable()
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="switchboard", message="%(prog)s %(version)s")
def main() -> None:
    """Switchboard: one GraphQL schema over video-call and texting providers."""
