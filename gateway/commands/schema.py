"""`switchboard schema`: the schema in SDL, as in schema.graphql."""

import click

from resolvers.schema import schema as served


@click.command()
def schema() -> None:
    """Print the schema."""
    click.echo(served.as_str())
