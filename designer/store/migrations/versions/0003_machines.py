"""The tables and columns of the third release: people's own modules, compute targets, datastores."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables of the second release up to the third's."""
    _secrets()
    _targets()
    _modules()
    _files()


def _files() -> None:
    op.add_column("sources", sa.Column("folder", sa.Text(), nullable=False, server_default=""))
    for table in ("sources", "module_versions"):
        where = sa.text("folder <> ''")
        op.create_index(f"{table}_folder", table, ["folder"], sqlite_where=where, postgresql_where=where)
    op.add_column("runs", sa.Column("git", sa.Text(), nullable=True))
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("accepted", sa.Double(), nullable=True),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("pipelines", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("imports_key")),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("secrets_key")),
    )


def _targets() -> None:
    op.create_table(
        "targets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("targets_key")),
    )


def _modules() -> None:
    op.create_table(
        "modules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.Column("archived", sa.Double(), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("modules_key")),
    )
    op.create_table(
        "module_versions",
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.CheckConstraint("kind IN ('function', 'command')", name=op.f("module_versions_kind")),
        sa.ForeignKeyConstraint(
            ["module"], ["modules.name"], name=op.f("module_versions_module_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("module", "version", name=op.f("module_versions_key")),
    )
