"""The journal names each write's attempt, and says from when on not finding it proves that it was not done."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("journal", sa.Column("attempt", TEXT, nullable=False, server_default=""))
    op.add_column("journal", sa.Column("provable_at", sa.BigInteger(), nullable=True))
    names = ("id", "state", "lease_until", "attempt", "provable_at")
    journal = sa.table("journal", *map(sa.column, names))
    op.execute(sa.update(journal).values(attempt=journal.c.id))
    op.execute(sa.update(journal).where(journal.c.state == "UNKNOWN").values(provable_at=journal.c.lease_until))
