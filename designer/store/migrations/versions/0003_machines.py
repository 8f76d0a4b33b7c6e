"""The tables and columns of the third release: people's own modules, compute targets, datastores."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables of the second release up to the third's."""
    _fresh_artifacts()
    _secrets()
    _datastores()
    _targets()
    _modules()
    _files()
    _workers()


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


def _fresh_artifacts() -> None:
    op.create_table(
        "fresh_artifacts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("fresh_artifacts_key")),
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


def _workers() -> None:
    op.create_table(
        "claims",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("published", sa.Double(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("worker_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("stop", sa.Double(), nullable=True),
        sa.Column("over", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", name=op.f("claims_key")),
    )
    op.create_index(op.f("claims_by_target"), "claims", ["target"])
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("joined", sa.Double(), nullable=False),
        sa.Column("heard", sa.Double(), nullable=False),
        sa.Column("cpu", sa.Double(), nullable=True),
        sa.Column("memory", sa.BigInteger(), nullable=True),
        sa.Column("memory_limit", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("workers_key")),
    )
    op.create_index(op.f("workers_by_target"), "workers", ["target"])
    op.create_table(
        "worker_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("used", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("worker_tokens_key")),
        sa.UniqueConstraint("digest", name=op.f("worker_tokens_one_digest")),
    )
    op.create_index(op.f("worker_tokens_by_target"), "worker_tokens", ["target"])


def _datastores() -> None:
    op.create_table(
        "datastores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("datastores_key")),
    )
    op.add_column("dataset_versions", sa.Column("source", sa.Text(), nullable=False, server_default="{}"))
