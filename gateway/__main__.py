"""`python -m gateway` is `switchboard`."""

from gateway.commands.cli import main

main(prog_name="switchboard")
