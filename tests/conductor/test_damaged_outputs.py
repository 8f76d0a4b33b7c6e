"""An output whose bytes are not what they were is never reused; running the step again mends it."""

import os
from pathlib import Path

import pytest

from tests.conductor.conftest import Conducted
from tests.conductor.test_runs import go, wait_node
from tests.home import chain, document


def hurt(path: Path, how: str) -> None:
    """Damage a file in a way that a disk, or a person, might."""
    data = path.read_bytes()
    path.chmod(0o600)
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


@pytest.mark.parametrize("how", ["flipped", "truncated", "deleted"])
def test_a_damaged_output_is_made_again_and_not_reused(conducted: Conducted, how: str) -> None:
    first = conducted.run(chain(2))
    digest = first.steps["n0"].outputs["result"].digest
    hurt(conducted.inst.artifacts.local_path(digest), how)
    assert conducted.inst.artifacts.verify(digest) is None

    again = conducted.run(chain(2))

    assert {node: step.status for node, step in again.steps.items()} == {"n0": "completed", "n1": "reused"}
    assert again.steps["n0"].outputs["result"].digest == digest
    assert conducted.inst.artifacts.verify(digest)
    conducted.assert_invariants(again)
    assert {step.status for step in conducted.run(chain(2)).steps.values()} == {"reused"}


def test_a_touched_output_is_read_again_and_reused(conducted: Conducted) -> None:
    first = conducted.run(chain(1))
    os.utime(conducted.inst.artifacts.local_path(first.steps["n0"].outputs["result"].digest), (1, 1))

    assert conducted.run(chain(1)).steps["n0"].status == "reused"


def test_an_input_that_was_cut_short_stops_the_step_and_says_how_to_mend_it(
    conducted: Conducted, tmp_path: Path
) -> None:
    nodes = {"a": {"module": "number@1", "parameters": {"number": 77}}, "w": wait_node(tmp_path, "w", after=["a"])}
    nodes["b"] = {"module": "add@1", "inputs": {"value": "a.result"}, "after": ["w"]}
    run = conducted.submit(document(nodes))
    done = conducted.until(run, "w", "running")
    hurt(conducted.inst.artifacts.local_path(done.steps["a"].outputs["result"].digest), "truncated")
    go(tmp_path, "w")

    error = conducted.ended(run).steps["b"].error

    assert error is not None
    assert error.kind == "store"
    assert "bytes instead of" in error.message
    assert error.cure == "Run the step that made it again."
