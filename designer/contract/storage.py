"""What takes space, and what may go."""

from designer.contract.base import Request, Response, Timestamp


class Going(Response):
    """A run that the next clean-up deletes. It can be brought back for `delete_after` seconds."""

    run: str
    name: str
    ended: Timestamp | None
    why: str


class Storage(Response):
    """Sizes in bytes, the rules, and what goes next."""

    free: int
    total: int
    database: int
    artifacts: int  # how many
    artifact_bytes: int
    unused_bytes: int  # of artifacts that nothing refers to, and that go after the grace
    backup_bytes: int
    deleted_runs: int  # that are not removed yet
    keep_runs_days: float
    keep_runs_count: int
    keep_bytes: int
    delete_after: float
    going: list[Going]


class Clean(Request):
    """Clean up; with `now` what was deleted or is unused goes at once, and cannot be brought back."""

    now: bool = False


class Cleaned(Response):
    """What a clean-up did."""

    deleted_runs: int
    removed_runs: int
    removed_artifacts: int
    removed_bytes: int
