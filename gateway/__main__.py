"""`python -m gateway` is `switchboard`."""

from gateway.cli import main

main(prog_name="switchboard")
