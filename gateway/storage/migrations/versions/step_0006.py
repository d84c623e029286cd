"""Meetings know when their details were read: until now, once, at a time that nothing recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The time of the last read is the closest that is known."""
    op.add_column("meetings", sa.Column("details_read_at", sa.BigInteger(), nullable=True))
    meetings = sa.table(
        "meetings",
        sa.column("detailed", sa.Boolean()),
        sa.column("details_read_at", sa.BigInteger()),
        sa.column("synced_at", sa.BigInteger()),
    )
    op.execute(sa.update(meetings).where(meetings.c.detailed).values(details_read_at=meetings.c.synced_at))
