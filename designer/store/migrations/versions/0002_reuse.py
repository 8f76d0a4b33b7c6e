"""The tables and columns of the second release: reuse, environments, retention."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables of the first release up to the second's."""
