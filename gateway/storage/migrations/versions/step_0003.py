"""The journal compares the requests themselves, which are encrypted: a hash of one would tell a short password."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_column("journal", "input_hash")
