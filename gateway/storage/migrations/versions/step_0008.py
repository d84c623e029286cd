"""The read log knows the digest of each response, so that the same response is not stored again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Earlier reads have no digest: the next one of each is stored."""
    op.add_column("read_log", sa.Column("digest", TEXT, nullable=True))
    op.add_column("read_log", sa.Column("revision", TEXT, nullable=True))
