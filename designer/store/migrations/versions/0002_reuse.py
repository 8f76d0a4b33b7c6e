"""The tables and columns of the second release: reuse, environments, retention."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables of the first release up to the second's."""
    op.add_column("artifacts", sa.Column("stat", sa.Text(), server_default="", nullable=False))
    op.add_column("artifacts", sa.Column("marked", sa.Double(), nullable=True))
    _some_index("artifacts_marked", "artifacts", "marked", "marked IS NOT NULL")
    op.add_column("runs", sa.Column("kept", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("runs", sa.Column("deleted", sa.Double(), nullable=True))
    _some_index("runs_deleted", "runs", "deleted", "deleted IS NOT NULL")


def _some_index(name: str, table: str, column: str, condition: str) -> None:
    """An index over the rows of a condition only."""
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
