"""Documents of every format there ever was must keep loading, and the published schema must agree with the reader."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.document import FORMAT, read, write

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = sorted(HERE.joinpath("golden").glob("*.json"))
SCHEMA = json.loads((ROOT / "docs/reference/pipeline.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_golden_document_loads_and_writes_back_to_the_letter(file: Path) -> None:
    text = file.read_text()

    pipeline, findings = read(json.loads(text))

    assert findings == ()
    assert pipeline is not None
    assert write(json.loads(text)) == text
    VALIDATOR.validate(json.loads(text))


SAMPLES = sorted(ROOT.glob("designer/samples/pipelines/*.json"))


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 3


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_the_samples_follow_the_schema(file: Path) -> None:
    document = json.loads(file.read_text())

    VALIDATOR.validate(document)

    assert read(document)[1] == ()


text = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="."), min_size=1, max_size=8)
node = st.fixed_dictionaries(
    {"module": text},
    optional={
        "inputs": st.dictionaries(text, st.builds(lambda a, b: f"{a}.{b}", text, text), max_size=3),
        "after": st.lists(text, max_size=2),
        "parameters": st.dictionaries(text, st.integers() | st.booleans() | text, max_size=3),
        "retries": st.integers(-1, 101),
        "timeout": st.none() | st.floats(-1, 10),
        "disabled": st.sampled_from(["", "off", "bypass", "maybe"]),
        "reuse": st.none() | st.booleans() | text,
        "surprise": st.none(),
    },
)


@given(
    st.fixed_dictionaries(
        {"format": st.just(FORMAT), "name": text, "nodes": st.dictionaries(text, node, max_size=3)},
        optional={
            "layout": st.dictionaries(text, st.lists(st.integers(), max_size=3), max_size=2),
            "notes": st.lists(st.fixed_dictionaries({"text": text}, optional={"x": st.integers() | text}), max_size=2),
        },
    )
)
def test_the_schema_and_the_reader_agree(document: object) -> None:
    accepted = VALIDATOR.is_valid(document)

    assert (read(document)[1] == ()) == accepted
