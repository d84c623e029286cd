"""Entries of the feed say what happened, and what the entity was before if that decides who is sent the event."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Earlier entries, and those of processes of the earlier version, have neither: see `gateway.storage.feed`."""
    op.add_column("feed", sa.Column("change", TEXT, nullable=True))
    op.add_column("feed", sa.Column("previous", TEXT, nullable=True))
