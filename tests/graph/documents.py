"""Documents for tests: whole ones drawn at random, and modules they may use."""

from typing import Any

from hypothesis import strategies as st

from designer.graph.document import FORMAT
from designer.graph.module import ModuleSpec, Parameter, ParameterKind, Port
from designer.graph.porttypes import PortType

TABLE, MODEL = PortType.TABLE, PortType.MODEL

SPECS = {
    spec.reference: spec
    for spec in (
        ModuleSpec(
            "join", 1, "Join Data", "Data", "d1",
            inputs=(Port("left", TABLE, "Left"), Port("right", TABLE, "Right", optional=True)),
            outputs=(Port("result", TABLE, "Result"), Port("rest", TABLE, "Rest")),
            parameters=(
                Parameter("share", ParameterKind.NUMBER, "Share", 0.5, minimum=0, maximum=1),
                Parameter("mode", ParameterKind.CHOICE, "Mode", "a", choices=("a", "b")),
                Parameter("seed", ParameterKind.INTEGER, "Seed", 0, when={"mode": ("a",)}),
            ),
        ),
        ModuleSpec("learner", 1, "Learner", "Learning", "d2", outputs=(Port("model", MODEL, "Model"),)),
        ModuleSpec(
            "train", 1, "Train", "Learning", "d3",
            inputs=(Port("model", MODEL, "Model"), Port("dataset", TABLE, "Dataset")), outputs=(Port("trained", MODEL, "Trained"),),
        ),
    )
}  # fmt: skip


def module(reference: str) -> ModuleSpec | None:
    """The specification a reference means."""
    return SPECS.get(reference if "@" in reference else f"{reference}@1")


def dataset(reference: str) -> PortType | None:
    """The type of a dataset."""
    return TABLE if reference.startswith("cars") else None


def document(**nodes: Any) -> dict[str, Any]:
    """A document of these nodes."""
    return {"format": FORMAT, "name": "Test", "nodes": nodes}


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)
"""JSON, and what Python's reader takes for JSON: NaN, infinities, huge numbers, half characters."""

_words = st.text("abcdefgh_0 äß中", min_size=1, max_size=6)
_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2),
    max_leaves=5,
)
_node = st.fixed_dictionaries(
    {"module": st.sampled_from([*SPECS, "join", "unknown@1"])},
    optional={
        "name": _words,
        "inputs": st.dictionaries(st.sampled_from(["left", "right", "model", "dataset", "odd"]),
                                  st.builds("{}.{}".format, st.sampled_from("abcdx"), st.sampled_from(["result", "model", "data", "odd"])),
                                  max_size=3),
        "after": st.lists(st.sampled_from("abcdx"), max_size=2),
        "parameters": st.dictionaries(st.sampled_from(["share", "mode", "seed", "odd"]), _plain | st.just({"parameter": "p"}), max_size=3),
        "reuse": st.booleans(),
        "retries": st.integers(0, 100),
        "timeout": st.integers(1, 100) | st.floats(0.5, 100),
        "disabled": st.sampled_from(["off", "bypass"]),
        "comment": _words,
    },
)  # fmt: skip
documents = st.fixed_dictionaries(
    {
        "format": st.just(FORMAT),
        "name": _words,
        "nodes": st.dictionaries(st.sampled_from("abcd"), _node | st.builds(lambda: {"dataset": "cars@1"}), max_size=4),
    },
    optional={
        "description": _words,
        "parameters": st.just({"p": {"type": "number", "default": 0.5, "help": "x"}}),
        "settings": st.fixed_dictionaries(
            {}, optional={"continue_on_step_failure": st.booleans(), "target": st.just("local")}
        ),
        "layout": st.dictionaries(
            st.sampled_from("abcd"), st.lists(st.integers(-999, 999), min_size=2, max_size=2), max_size=3
        ),
        "notes": st.lists(st.fixed_dictionaries({"text": _words}, optional={"x": st.integers(-9, 9)}), max_size=2),
    },
)
"""Documents of the right shape, most of which mean nothing."""
