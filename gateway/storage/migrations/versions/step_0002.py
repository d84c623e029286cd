"""Meetings count their revisions, stay called off, and remember every time that a reschedule superseded."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("meetings", sa.Column("called_off", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("meetings", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    _widen("superseded_start", "superseded_starts")
    _widen("superseded_duration", "superseded_durations")


def _widen(one: str, many: str) -> None:
    """A number becomes a JSON array."""
    meetings = sa.table("meetings", sa.column(one, sa.BigInteger()), sa.column(many, TEXT))
    op.add_column("meetings", sa.Column(many, TEXT, nullable=True))
    listed = sa.literal("[") + sa.cast(meetings.c[one], sa.Text()) + sa.literal("]")
    op.execute(sa.update(meetings).where(meetings.c[one].is_not(None)).values({many: listed}))
    op.drop_column("meetings", one)
