"""Values of parameters: references, defaults, and what is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.findings import Severity
from designer.graph.module import ModuleSpec, Parameter, ParameterKind, Port
from designer.graph.parameters import check_default, check_parameters, resolve, with_defaults
from designer.graph.porttypes import PortType

K = ParameterKind


def spec(*parameters: Parameter) -> ModuleSpec:
    inputs = (Port("model", PortType.MODEL, "Model"), Port("dataset", PortType.TABLE, "Dataset"))
    return ModuleSpec("split_data", 1, "Split Data", "Test", "sha256:0", inputs=inputs, parameters=parameters)


def one(kind: ParameterKind, value: Any, **more: Any) -> list[str]:
    """The codes of the findings for one value of one parameter."""
    found = check_parameters(spec(Parameter("p", kind, "P", **more)), {"p": value})
    assert all(finding.parameter == "p" and finding.message for finding in found)
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (K.INTEGER, [0, -3, 2**70], [True, 1.0, "1", None, [], {}, float("nan")]),
        (K.NUMBER, [0, 1.0, -1.5, 10**400], [True, "1", float("nan"), float("inf"), None, []]),
        (K.STRING, ["", "x", "\n"], [1, None, ["x"], {"a": "b"}, "x" * 600_000]),
        (K.CODE, ["", "select 1"], [1, None, []]),
        (K.BOOLEAN, [True, False], [0, 1, "true", None]),
        (K.DATE, ["2026-11-20", "0001-01-01"], ["2026-02-30", "20261120", "2026-11-20T00:00", 5, None, "", "2026-W01-1"]),
        (K.COLUMN, ["age", {"columns": ["age"]}], ["", {"columns": []}, {"columns": ["a", "b"]}, {"columns": [1]}, 1, ["a"],
                                                  {"columns": ["a"], "x": 1}, {}, {"columns": "a"}, {"columns": [""]}]),
        (K.COLUMNS, ["age", ["a", "b"], {"columns": []}, {"columns": ["a"]}, {"begin": "all"}, {"begin": "none", "rules": []},
                     {"begin": "all", "rules": [{"action": "exclude", "by": "types", "values": ["String"]}]},
                     {"begin": "none", "rules": [{"action": "include", "by": "indices", "values": ["8", "1-4"]}]},
                     {"begin": "none", "rules": [{"action": "include", "by": "roles", "values": ["labels"]}], "keep_duplicates": True}],
         [1, {}, {"begin": "some"}, {"begin": "all", "rules": {}}, {"begin": "all", "rules": [{}]}, {"begin": "all", "x": 1},
          {"begin": "all", "rules": [{"action": "exclude", "by": "types", "values": ["Text"]}]},
          {"begin": "all", "rules": [{"action": "exclude", "by": "indices", "values": ["1-"]}]},
          {"begin": "all", "rules": [{"action": "drop", "by": "names", "values": []}]},
          {"begin": "all", "rules": [{"action": "exclude", "by": ["x"], "values": []}]}, [1], {"columns": ["a"], "begin": "all"}]),
        (K.SECRET, [{"secret": "key"}], ["key", {"secret": ""}, {"secret": 1}, {}, None]),
        (K.LIST, [[], ["a", "b"], ("a",)], ["a", [1], ["a", None], None, {"a": 1}, ["a"] * 10_001]),
    ],
)  # fmt: skip
def test_kinds_are_checked_exactly(kind: ParameterKind, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert one(kind, value) == [], value
    for value in bad:
        assert len(one(kind, value)) == 1, value


def test_none_is_a_value_only_where_the_parameter_says_so() -> None:
    assert one(K.INTEGER, None, nullable=True) == []
    assert one(K.INTEGER, None) == ["parameter_required"]


@pytest.mark.parametrize(
    ("more", "good", "bad"),
    [
        ({"minimum": 0, "maximum": 1}, [0, 1, 0.5], [-0.001, 1.001, 10**400]),
        ({"minimum": 0, "exclusive_minimum": True}, [0.001], [0, -1]),
        ({"maximum": 1, "exclusive_maximum": True}, [0.999], [1, 2]),
    ],
)
def test_ranges(more: dict[str, Any], good: list[float], bad: list[float]) -> None:
    for value in good:
        assert one(K.NUMBER, value, **more) == []
    for value in bad:
        assert one(K.NUMBER, value, **more) == ["parameter_range"]
    assert one(K.LIST, [*good, bad[0]], item=K.NUMBER, **more) == ["parameter_range"]


def test_a_range_is_told_in_words() -> None:
    parameter = Parameter("fraction", K.NUMBER, "Fraction", minimum=0, maximum=1, exclusive_minimum=True)

    (found,) = check_parameters(spec(parameter), {"fraction": 1.5})

    assert found.message == "“Fraction” is 1.5, which is out of range."
    assert found.cure == "It must be more than 0 and at most 1."


def test_a_pattern_must_match_the_whole_text() -> None:
    assert one(K.STRING, "abc", pattern="[a-c]+") == []
    assert one(K.STRING, "abcd", pattern="[a-c]+") == ["parameter_pattern"]
    assert one(K.LIST, ["a", "x"], item=K.STRING, pattern="[a-c]+") == ["parameter_pattern"]


def test_choices_are_typed() -> None:
    assert one(K.CHOICE, "a", choices=("a", "b")) == []
    assert one(K.CHOICE, 1, choices=(1, 2)) == []
    for value, choices in (("c", ("a", "b")), (True, (1, 2)), ("1", (1, 2)), (1, (True,)), (1, ("1",))):
        assert one(K.CHOICE, value, choices=choices) == ["parameter_choice"]
    assert one(K.CHOICE, ["a"], choices=("a",)) == ["parameter_kind"]
    assert one(K.LIST, ["a", "c"], item=K.CHOICE, choices=("a", "b")) == ["parameter_choice"]


def test_a_missing_value_is_told_where_it_is_required() -> None:
    found = check_parameters(spec(Parameter("label", K.COLUMN, "Label column", required=True)), {})

    assert [(one.code, one.message, one.parameter) for one in found] == [
        ("parameter_required", "“Label column” needs a value.", "label")
    ]
    assert check_parameters(spec(Parameter("label", K.COLUMN, "Label column")), {}) == ()


def test_an_unknown_name_gets_the_nearest_one() -> None:
    found = check_parameters(spec(Parameter("fraction", K.NUMBER, "Fraction")), {"fractoin": 1, "zzz": 1, 5: 1})  # type: ignore[dict-item]

    assert [one.code for one in found] == ["unknown_parameter"] * 3
    assert found[0].cure == 'Do you mean "fraction"?'
    assert found[1].cure == "It has: fraction."


HIDING = spec(
    Parameter("mode", K.CHOICE, "Mode", "rows", choices=("rows", "expression")),
    Parameter("fraction", K.NUMBER, "Fraction", 0.5, maximum=1, when={"mode": ("rows",)}),
    Parameter("expression", K.STRING, "Expression", required=True, when={"mode": ("expression",)}),
)


def test_what_does_not_count_is_not_checked_and_takes_its_default() -> None:
    assert check_parameters(HIDING, {"mode": "expression", "fraction": 7, "expression": "x"}) == ()
    assert [one.code for one in check_parameters(HIDING, {"fraction": 7, "expression": 9})] == ["parameter_range"]
    assert [one.code for one in check_parameters(HIDING, {"mode": "expression"})] == ["parameter_required"]

    assert with_defaults(HIDING, {"mode": "expression", "fraction": 7, "expression": "x"}) == {
        "mode": "expression", "fraction": 0.5, "expression": "x",
    }  # fmt: skip
    assert with_defaults(HIDING, {}) == {"mode": "rows", "fraction": 0.5, "expression": None}


def test_defaults_come_in_the_order_of_the_module_and_in_one_form() -> None:
    module = spec(
        Parameter("a", K.NUMBER, "A", 1),
        Parameter("b", K.COLUMN, "B", required=True),
        Parameter("c", K.COLUMNS, "C", {"begin": "all", "rules": []}),
        Parameter("d", K.LIST, "D", (1, 2), item=K.NUMBER),
        Parameter("e", K.INTEGER, "E", required=True),
    )

    complete = with_defaults(module, {"b": "age", "c": ["x"], "unknown": 1})

    assert list(complete.items()) == [
        ("a", 1.0), ("b", {"columns": ["age"]}), ("c", {"columns": ["x"]}), ("d", [1.0, 2.0]),
    ]  # fmt: skip
    assert [type(value) for value in (complete["a"], complete["d"][0])] == [float, float]


def test_references_are_resolved_and_lost_ones_are_told() -> None:
    values = {"a": {"parameter": "share"}, "b": {"parameter": "lost"}, "c": {"columns": ["x"]}, "d": 4}

    found = resolve(values, {"share": 0.7})

    assert found == {"a": 0.7, "b": {"parameter": "lost"}, "c": {"columns": ["x"]}, "d": 4}
    assert one(K.NUMBER, {"parameter": "lost"}) == ["unknown_pipeline_parameter"]


def test_columns_that_are_not_there_are_warnings() -> None:
    module = spec(Parameter("label", K.COLUMN, "Label"), Parameter("others", K.COLUMNS, "Others", port="dataset"))
    rules = {"begin": "all", "rules": [{"action": "exclude", "by": "names", "values": ["income", "zip"]}]}

    found = check_parameters(module, {"label": "agee", "others": rules}, {"dataset": ["age", "income"]})

    assert [(one.code, one.parameter, one.severity) for one in found] == [
        ("unknown_column", "label", Severity.WARNING), ("unknown_column", "others", Severity.WARNING),
    ]  # fmt: skip
    assert found[0].cure == 'Do you mean "age"?'
    assert check_parameters(module, {"label": "agee"}) == ()


def test_a_default_is_checked_like_a_value() -> None:
    assert check_default(Parameter("a", K.INTEGER, "A", required=True)) == ()
    assert [one.code for one in check_default(Parameter("a", K.INTEGER, "A", "x"))] == ["parameter_kind"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["columns", "begin", "rules", "by", "action", "values", "secret", "parameter", "x"]), inner),
    max_leaves=12,
)  # fmt: skip


@given(anything, st.sampled_from(list(K)), st.sampled_from(list(K)), st.booleans())
def test_no_value_breaks_the_check(value: Any, kind: ParameterKind, item: ParameterKind, nullable: bool) -> None:
    parameter = Parameter(
        "p", kind, "P", item=item, nullable=nullable, pattern="a+", choices=("a", 1), minimum=0, maximum=9
    )
    module = spec(parameter)

    check_parameters(module, {"p": value}, {"dataset": ["a"]})
    with_defaults(module, {"p": value})


@given(anything)
def test_completing_twice_changes_nothing(value: Any) -> None:
    values = {"fraction": value, "expression": value}
    once = with_defaults(HIDING, values)

    assert str(with_defaults(HIDING, once)) == str(once)
