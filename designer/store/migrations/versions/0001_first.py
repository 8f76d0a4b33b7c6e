"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "artifacts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("artifacts_key")),
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.Column("deleted", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("datasets_key")),
        sa.UniqueConstraint("name", name=op.f("datasets_one_name")),
    )
    op.create_index(op.f("datasets_by_updated_id"), "datasets", ["updated", "id"])
    op.create_table(
        "experiments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("last_run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("experiments_key")),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("idempotency_key")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name=op.f("jobs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_key")),
    )
    op.create_index(op.f("jobs_by_kind_subject"), "jobs", ["kind", "subject"])
    op.create_index(
        op.f("jobs_unfinished"),
        "jobs",
        ["status"],
        sqlite_where=sa.text("status IN ('queued', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "pipelines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.Column("deleted", sa.Double(), nullable=True),
        sa.Column("cloned_from", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("wires", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pipelines_key")),
    )
    op.create_index(op.f("pipelines_by_updated_id"), "pipelines", ["updated", "id"])
    op.create_table(
        "previews",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'ready', 'failed')", name=op.f("previews_status")),
        sa.PrimaryKeyConstraint("digest", "kind", name=op.f("previews_key")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("pipeline_name", sa.Text(), nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("failed_step", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("continue_on_step_failure", sa.Boolean(), nullable=False),
        sa.Column("cloned_from", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'canceling', 'completed', 'failed', 'canceled')", name=op.f("runs_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("runs_key")),
    )
    op.create_index(op.f("runs_by_experiment_id"), "runs", ["experiment", "id"])
    op.create_index(op.f("runs_by_pipeline_id"), "runs", ["pipeline", "id"])
    op.create_index(
        op.f("runs_unfinished"),
        "runs",
        ["status"],
        sqlite_where=sa.text("status IN ('canceling', 'queued', 'running')"),
        postgresql_where=sa.text("status IN ('canceling', 'queued', 'running')"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("last_used", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("sessions_key")),
    )
    op.create_table(
        "sources",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("sources_key")),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("detected", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('reading', 'ready', 'failed')", name=op.f("dataset_versions_status")),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("dataset_versions_dataset_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset", "version", name=op.f("dataset_versions_key")),
    )
    op.create_index(op.f("dataset_versions_by_digest"), "dataset_versions", ["digest"])
    op.create_table(
        "events",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("events_run_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "seq", name=op.f("events_key")),
    )
    op.create_table(
        "outbox",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("outbox_run_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "node", "attempt", "command", name=op.f("outbox_key")),
    )
    op.create_table(
        "pipeline_datasets",
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline"], ["pipelines.id"], name=op.f("pipeline_datasets_pipeline_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pipeline", "dataset", name=op.f("pipeline_datasets_key")),
    )
    op.create_index(op.f("pipeline_datasets_by_dataset"), "pipeline_datasets", ["dataset"])
    op.create_table(
        "requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("requests_run_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("requests_key")),
    )
    op.create_table(
        "steps",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("stopping", sa.Boolean(), nullable=False),
        sa.Column("ready_at", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reused_from", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'queued', 'preparing', 'running', 'finalizing', 'completed', 'reused', 'failed', 'canceled', 'skipped')",
            name=op.f("steps_status"),
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("steps_run_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "node", name=op.f("steps_key")),
    )
    op.create_index(
        op.f("steps_busy"),
        "steps",
        ["target", "status"],
        sqlite_where=sa.text("status IN ('finalizing', 'preparing', 'queued', 'running')"),
        postgresql_where=sa.text("status IN ('finalizing', 'preparing', 'queued', 'running')"),
    )
    op.create_index(op.f("steps_by_key"), "steps", ["key"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run", "node"], ["steps.run", "steps.node"], name=op.f("attempts_run_node_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("attempts_key")),
    )
    op.create_index(op.f("attempts_by_run_node"), "attempts", ["run", "node"])
    op.create_table(
        "outputs",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["artifacts.digest"], name=op.f("outputs_digest_exists")),
        sa.ForeignKeyConstraint(
            ["run", "node"], ["steps.run", "steps.node"], name=op.f("outputs_run_node_exists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run", "node", "port", name=op.f("outputs_key")),
    )
    op.create_index(op.f("outputs_by_digest"), "outputs", ["digest"])
    op.create_table(
        "metrics",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("metrics_attempt_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt", "line", name=op.f("metrics_key")),
    )
    op.create_table(
        "reports",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('figure', 'table')", name=op.f("reports_kind")),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("reports_attempt_exists"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt", "kind", "name", name=op.f("reports_key")),
    )
