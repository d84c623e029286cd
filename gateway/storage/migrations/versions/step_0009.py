"""Lists of meetings that are due are found by an index, and those of disconnected accounts are never due."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NEVER_DUE = 2**63 - 1
_MEETINGS = ("meetings_read_at", "meetings_read_from", "meetings_read_to")


def upgrade() -> None:
    """All lists of meetings count as due at first: the read log has the times at which they were read."""
    for name in _MEETINGS:
        op.add_column("accounts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        index = name.removesuffix("_at")
        op.create_index(f"accounts_by_{index}", "accounts", ["provider", "status", name])
        op.create_index(f"accounts_by_user_{index}", "accounts", ["user_id", "provider", "status", name])
    op.execute(
        f"UPDATE conversations SET messages_read_at = {_NEVER_DUE} WHERE account_key IN"
        " (SELECT key FROM accounts WHERE status NOT IN ('CONNECTED', 'EXPIRED'))"
    )
