"""What is remembered of artifacts."""

from designer.store import artifacts
from designer.store.database import Database


def test_the_stat_of_an_artifact_is_remembered_and_forgotten_with_none(database: Database) -> None:
    with database.write("turn") as t:
        artifacts.add(t, "sha256:a", 5, 1.0)
        artifacts.refer(t, {"sha256:b": 6, "sha256:a": 5}, 2.0)
        artifacts.set_stats(t, {"sha256:a": "5 1 1", "sha256:unknown": "x"})

    with database.read() as t:
        assert artifacts.stats(t, ["sha256:a", "sha256:b", "sha256:c"]) == {"sha256:a": "5 1 1", "sha256:b": ""}
