"""Crash points: the name of every transaction and of every moment beside an outside effect.

With `DESIGNER_CRASH_AT=<point>[:n]` the process ends, as `kill -9` would end it, when it passes that point for the n-th
time; without it a point is nothing. `tests/crash` ends a server at each of `POINTS` and looks at what the next one makes
of it. A transaction or an effect without a name here is refused by mypy, or by `tests/house`.
"""

import os
from typing import Literal, get_args

Write = Literal[
    "add_dataset", "begin_job", "build_environment", "cancel_build", "cancel_run", "cancel_step",
    "change_dataset", "change_environment", "change_run", "create_environment", "create_pipeline",
    "create_schema", "delete_dataset", "delete_environment", "delete_pipeline", "keep_environment",
    "keep_preview", "keep_tables", "lead", "lead_on", "make_code", "migrate", "probe", "read_again",
    "remove_environment", "resign", "restore_dataset", "restore_pipeline", "save_pipeline", "sign_in",
    "sign_in_with_token", "submit", "tell_build", "touch_session", "turn", "want_environments",
    "want_preview", "want_samples", "collect_unused", "delete_run", "forget_old", "mark_unused", "remove_datasets",
    "remove_run", "restore_run", "retire_runs", "put_secret", "delete_secret",
    "save_module", "change_module",
    "add_claim", "publish_claims", "unpublish_claims", "stop_claim", "remove_claim", "reap_claims", "join_worker", "leave_worker",
    "take_claim", "renew_claims", "release_claim", "make_worker_token", "revoke_worker_token",
    "register_datastore", "change_datastore", "unregister_datastore", "add_from_datastore", "renew_dataset", "begin_import", "keep_import", "accept_import",
    "settle_fresh",
    "add_target", "change_target", "delete_target", "keep_sources",
]  # fmt: skip
"""Every transaction that changes something. Its points are `<name>.before_commit` and `<name>.after_commit`."""

Point = Literal[
    "artifact.before", "artifact.after",  # it gets its final name
    "attempts_gone.before", "attempts_gone.after",  # folders of a run that is removed
    "bytes_gone.before", "bytes_gone.after",  # of an artifact whose row went
    "clean.before", "clean.after",
    "collect.before", "collect.after",  # all outputs of an attempt
    "folder.before", "folder.half", "folder.after",  # an attempt's own
    "give_up.before", "give_up.after",  # a clean of what does not answer
    "hand_over.before", "hand_over.after",  # of a job to a spare launcher
    "handle.before", "handle.after",  # who runs it is written down
    "job_clean.before", "job_clean.after",
    "job_folder.before", "job_folder.after",
    "job_start.before", "job_start.after",
    "job_told.before", "job_told.after",
    "spawn.before", "spawn.after",  # of a launcher
    "start.before", "start.after",  # by a target
    "stop.before", "stop.after",
    "told.before", "told.after",  # the events of a turn
]  # fmt: skip
"""The moments before and after each outside effect."""

WRITES: tuple[str, ...] = get_args(Write)
POINTS: tuple[str, ...] = (
    *(f"{write}.{moment}" for write in WRITES for moment in ("before_commit", "after_commit")),
    *get_args(Point),
)
"""All points there are."""

KILLED = 137
"""The exit code of a process that ended at a point."""

_at, _, _count = os.environ.get("DESIGNER_CRASH_AT", "").partition(":")
_left = int(_count or 1)


def crashpoint(point: Point) -> None:
    """End here, if a test wants it."""
    if _at:
        _pass(point)


def commit_point(write: Write, moment: Literal["before_commit", "after_commit"]) -> None:
    """End before or after the commit of a transaction, if a test wants it."""
    if _at:
        _pass(f"{write}.{moment}")


def _pass(point: str) -> None:
    global _left
    if point == _at:
        _left -= 1
        if _left <= 0:
            os._exit(KILLED)
