"""Meetings have the digest of the response that their details are from."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """The first read of each meeting's details records it."""
    op.add_column("meetings", sa.Column("details_digest", TEXT, nullable=True))
