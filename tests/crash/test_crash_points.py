"""A server is ended at each crash point there is; the next one makes everything as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from designer.faults import KILLED, POINTS
from tests.crash.conftest import COUNTED, Stage, seeded

SCENES = {
    "draw": {"create_pipeline", "save_pipeline", "delete_pipeline", "restore_pipeline"},
    "data": {
        "add_dataset", "read_again", "change_dataset", "delete_dataset", "restore_dataset", "begin_job", "keep_tables",
        "want_preview", "keep_preview", "job_folder", "job_start", "job_clean", "job_told",
    },
    "sign_in": {"make_code", "sign_in", "sign_in_with_token", "touch_session"},
    "software": {
        "create_environment", "change_environment", "build_environment", "cancel_build", "delete_environment",
        "keep_environment", "tell_build",
        "want_environments", "remove_environment",
    },
    "garbage": {
        "collect_unused", "delete_run", "forget_old", "mark_unused", "remove_datasets", "remove_run", "restore_run",
        "retire_runs", "attempts_gone", "bytes_gone",
    },
    "author": {"save_module", "change_module"},
    "cold": {"spawn", "handle"},
    "stuck": {"give_up"},
    "refused": {"probe"},
    "hold_on": {"lead_on"},
    "samples": {"want_samples"},
    "workers": {
        "add_claim", "publish_claims", "unpublish_claims", "stop_claim", "remove_claim", "reap_claims", "join_worker",
        "leave_worker", "take_claim", "renew_claims", "release_claim", "make_worker_token", "revoke_worker_token",
    },
    "hide": {"put_secret", "delete_secret", "register_datastore", "change_datastore", "unregister_datastore",
        "add_from_datastore", "renew_dataset"},
    "share": {"begin_import", "keep_import", "accept_import", "keep_sources"},
    "machines": {"add_target", "change_target", "delete_target"},
    "nothing": {"create_schema", "lead", "resign"},
    "old": {"migrate"},
}  # fmt: skip
"""Which scene passes the points of a name; all others are of a run."""

OFTEN = {
    "turn": 14,
    "told": 8,
    "artifact": 3,
    "folder": 6,
    "start": 6,
    "spawn": 6,
    "handle": 6,
    "hand_over": 4,
    "clean": 6,
    "collect": 3,
}
"""Points that a scene passes again and again: about how often."""

TIMES = {"turn.before_commit": 4, "turn.after_commit": 4, "told.before": 2}
"""How many of those times are tried, where it is not once."""


def scene_of(point: str) -> str:
    name = point.partition(".")[0]
    return next((scene for scene, names in SCENES.items() if name in names), "run")


def places() -> list[tuple[str, int]]:
    """Every point, and at which time it is met."""
    found = []
    for point in POINTS:
        often = OFTEN.get(point.partition(".")[0], 1)
        times = seeded(point).sample(range(1, often + 1), min(often, TIMES.get(point, 1)))
        found += [(point, time) for time in sorted(times)]
    return found


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("point", "time"), places(), ids=lambda value: str(value))
def test_a_server_that_ends_at_a_point_loses_nothing(
    stage: Callable[[str], Stage], tmp_path: Path, engine: str, point: str, time: int
) -> None:
    scene = scene_of(point)
    if engine == "postgresql" and scene in ("old",):
        pytest.skip("an old database on PostgreSQL is made by the tests of migrations")
    if engine == "sqlite" and scene == "hold_on":
        pytest.skip("on SQLite a lease needs no renewal")
    here = stage(engine)
    expected = here.expected(scene)
    play = here.begin(scene, tmp_path)

    code = play.play(crash_at=f"{point}:{time}")
    if code == 0 and time > 1:  # a run takes more or fewer turns, as it happens
        play = here.begin(scene, tmp_path / "again")
        code = play.play(crash_at=point)

    assert code == KILLED, f"the scene {scene} does not pass {point}:\n{play.log}"
    COUNTED[f"points on {engine}"] += 1
    assert play.play() == 0, play.log
    assert play.finds() == expected
