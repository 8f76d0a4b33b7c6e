"""Small artifacts whose bytes the disk may not have yet: the commit that refers to them has them, and puts them back."""

import os
from pathlib import Path

import pytest

from designer.actions.artifacts import settle_fresh
from designer.conductor import housekeeping
from designer.store import artifacts
from tests.conductor.conftest import conducting
from tests.home import chain, home


@pytest.mark.parametrize("left", [b"", None], ids=["empty", "gone"])
def test_a_power_cut_takes_no_small_output_that_was_said_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bytes | None
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 3600.0)  # the disk is not waited for in this server's time
    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))
        made = {step.outputs["result"].digest for step in run.steps.values()}
        with inst.store.read() as t:
            kept = artifacts.fresh(t)
        assert made <= kept.keys()
    for digest in made:
        path = inst.artifacts.local_path(digest)
        os.unlink(path)
        if left is not None:
            path.write_bytes(left)

    with home(tmp_path) as inst, conducting(inst):
        assert {digest: inst.artifacts.local_path(digest).read_bytes() for digest in made} == {
            digest: kept[digest] for digest in made
        }
        with inst.store.read() as t:
            assert not artifacts.fresh(t)


def test_what_the_disk_has_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 3600.0)
    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(1))
        settle_fresh(inst)
        with inst.store.read() as t:
            assert not artifacts.fresh(t)
        (output,) = next(iter(run.steps.values())).outputs.values()
        assert inst.artifacts.verify(output.digest) is not None
