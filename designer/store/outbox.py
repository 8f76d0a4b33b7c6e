"""The outbox: commands that were decided, until they are known to be carried out."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from designer.engine.commands import Clean, Collect, Command, Start, Stop, Supply
from designer.store.database import Transaction, insert_new
from designer.store.tables import outbox

_KINDS: dict[str, type[Start | Stop | Collect | Clean]] = {
    "start": Start,
    "stop": Stop,
    "collect": Collect,
    "clean": Clean,
}


@dataclass(frozen=True)
class Task:
    """A command of a run."""

    run: str
    command: Command


def add(t: Transaction, tasks: Iterable[Task], now: float) -> None:
    """Keep commands to be carried out after the commit."""
    rows = [{**_key(task), "created": now} for task in tasks]
    if rows:
        t.execute(insert_new(t, outbox), rows)


_DONE = outbox.delete().where(
    outbox.c.run == sa.bindparam("of_run"), outbox.c.node == sa.bindparam("of_node"),
    outbox.c.attempt == sa.bindparam("of_attempt"), outbox.c.command == sa.bindparam("of_command"),
)  # fmt: skip


def done(t: Transaction, tasks: Iterable[Task]) -> None:
    """Forget commands that were carried out."""
    rows = [{f"of_{name}": value for name, value in _key(task).items()} for task in tasks]
    if rows:
        t.execute(_DONE, rows)


def open_tasks(t: Transaction, run: str | None = None) -> list[Task]:
    """All commands not known to be carried out, oldest first; of one run or of all."""
    query = sa.select(outbox.c.run, outbox.c.node, outbox.c.attempt, outbox.c.command).order_by(outbox.c.created)
    if run is not None:
        query = query.where(outbox.c.run == run)
    return [Task(run, _command(node, attempt, command)) for run, node, attempt, command in t.execute(query)]


def _command(node: str, attempt: str, command: str) -> Command:
    return Supply(node) if command == "supply" else _KINDS[command](node, attempt)


def _key(task: Task) -> dict[str, str]:
    command = task.command
    attempt = "" if isinstance(command, Supply) else command.attempt
    return {"run": task.run, "node": command.node, "attempt": attempt, "command": type(command).__name__.lower()}
