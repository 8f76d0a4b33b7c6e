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
    _some_index("steps_reused", "steps", "reused_from", "reused_from <> ''")
    op.create_index(op.f("dataset_versions_by_file_digest"), "dataset_versions", ["file_digest"])
    _environments()
    _leadership()
    _reuse()


def _some_index(name: str, table: str, column: str, condition: str) -> None:
    """An index over the rows of a condition only."""
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def _environments() -> None:
    op.create_table(
        "environments",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("progress_text", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("lock", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("used", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "status IN ('unbuilt', 'queued', 'locking', 'building', 'ready', 'failed')",
            name=op.f("environments_status"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("environments_key")),
    )
    op.create_index(op.f("environments_by_lock"), "environments", ["lock"])
    op.create_table(
        "environment_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.digest"], name=op.f("environment_names_environment_exists")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("environment_names_key")),
    )
    op.create_index(op.f("environment_names_by_environment"), "environment_names", ["environment"])
    op.create_table(
        "environment_locks",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("built", sa.Double(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("environment_locks_key")),
    )


def _leadership() -> None:
    op.create_table(
        "leadership",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("leadership_key")),
    )


def _reuse() -> None:
    op.add_column("runs", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("resumed_from", sa.Text(), nullable=False, server_default=""))
    for name, default in (
        ("reused_node", ""), ("verdict", ""), ("reasons", "[]"), ("compared_with", ""), ("flowed", "{}"), ("environment", ""),
    ):  # fmt: skip
        op.add_column("steps", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    op.create_table(
        "results",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("outputs", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run", "node"], ["steps.run", "steps.node"], name=op.f("results_run_node_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("results_key")),
    )
    op.create_index(op.f("results_by_run_node"), "results", ["run", "node"])
    op.create_index(op.f("results_by_module_created"), "results", ["module", "created"])
