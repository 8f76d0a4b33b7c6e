"""The tables and columns of the third release: people's own modules, compute targets, datastores."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables of the second release up to the third's."""
