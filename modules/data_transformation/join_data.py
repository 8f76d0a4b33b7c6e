# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Join Data

Puts the rows of two datasets side by side where their key columns have the same values.

Use it to bring facts about one thing together: orders with their customers, flights with the weather. Keys are paired
in the order in which they are chosen: the first left key with the first right key, and so on. A missing key matches
nothing.

| Join type | Rows of the result |
| --- | --- |
| Inner Join | each left row with each right row of the same key |
| Left Outer Join | as inner, and left rows without a match |
| Full Outer Join | as left outer, and right rows without a match |
| Left Semi-Join | left rows that have a match, once, with the left columns only |

A right column whose name is there already becomes `name_2`.

*Example:* left key `customer` and right key `id` give each order the columns of its customer.
"""

from typing import Annotated, Literal

import polars as pl

from designer.module import Columns, Help, Label, ModuleError, Of, Role, When, roles_of, with_roles

CATEGORY = "Data Transformation"
TAGS = ("merge", "combine", "lookup", "inner", "outer", "sql")

HOW = {"Inner Join": "inner", "Left Outer Join": "left", "Full Outer Join": "full", "Left Semi-Join": "semi"}


def run(
    left_dataset: Annotated[pl.DataFrame, Label("Left dataset")],
    right_dataset: Annotated[pl.DataFrame, Label("Right dataset")],
    *,
    left_key_columns: Annotated[Columns, Label("Join key columns for left dataset"), Of("left_dataset")],
    right_key_columns: Annotated[Columns, Label("Join key columns for right dataset"), Of("right_dataset")],
    match_case: Annotated[bool, Label("Match case"), Help("Whether Audi and audi are different keys.")] = True,
    join_type: Annotated[
        Literal["Inner Join", "Left Outer Join", "Full Outer Join", "Left Semi-Join"], Label("Join type")
    ] = "Inner Join",
    keep_right_key_columns: Annotated[
        bool,
        Label("Keep right key columns in joined table"),
        Help("Without them, a row that only the right side has shows its key in the left key column."),
        When(join_type=("Inner Join", "Left Outer Join", "Full Outer Join")),
    ] = True,
) -> Annotated[pl.DataFrame, Label("Results dataset")]:
    left_keys, right_keys = left_key_columns.of(left_dataset), right_key_columns.of(right_dataset)
    if not left_keys or not right_keys:
        raise ModuleError(11, "The selection of keys fits no column.", "Choose at least one key on each side.")
    if len(left_keys) != len(right_keys):
        raise ModuleError(27, f"There are {len(left_keys)} left keys and {len(right_keys)} right keys.",
                          "Choose as many on each side.")  # fmt: skip
    left, right = [], []
    for number, (left_name, right_name) in enumerate(zip(left_keys, right_keys, strict=True)):
        one, other = _comparable(left_dataset[left_name], right_dataset[right_name], match_case)
        left.append(one.alias(f"key{number}"))
        right.append(other.alias(f"key{number}"))

    rows = pl.DataFrame(left).with_row_index("left").join(
        pl.DataFrame(right).with_row_index("right"),
        on=[key.name for key in left],
        how=HOW[join_type],
        maintain_order="left_right" if join_type != "Left Semi-Join" else "left",
    )  # fmt: skip
    result = left_dataset.select(pl.all().gather(rows["left"]))
    roles = roles_of(left_dataset)
    if join_type != "Left Semi-Join":
        found = right_dataset.select(pl.all().gather(rows["right"]))
        if not keep_right_key_columns:
            if join_type == "Full Outer Join":
                result = result.with_columns(
                    result[one].fill_null(found[other].cast(result[one].dtype))
                    for one, other in zip(left_keys, right_keys, strict=True)
                )
            found = found.drop(right_keys)
        names = _each_its_own(found.columns, taken=result.columns)
        result = result.hstack(found.rename(names))
        roles |= {
            names[name]: role for name, role in _without_labels(roles_of(right_dataset), roles).items() if name in names
        }
    print(f"{len(left_dataset)} left rows and {len(right_dataset)} right rows give {len(result)} rows.")
    return with_roles(result, roles)


def _comparable(left: pl.Series, right: pl.Series, match_case: bool) -> tuple[pl.Series, pl.Series]:
    """Both keys in one type. Raises `ModuleError` 154 where there is none."""
    left, right = _plain(left, match_case), _plain(right, match_case)
    if left.dtype == right.dtype:
        return left, right
    if left.dtype.is_integer() and right.dtype.is_integer():
        return left.cast(pl.Int64), right.cast(pl.Int64)
    if left.dtype.is_numeric() and right.dtype.is_numeric():
        return left.cast(pl.Float64), right.cast(pl.Float64)
    if left.dtype.is_temporal() and right.dtype.is_temporal() and pl.Duration not in (left.dtype, right.dtype):
        return left.cast(pl.Datetime("us")), right.cast(pl.Datetime("us"))
    raise ModuleError(
        154, f'Key "{left.name}" holds {left.dtype} on the left, key "{right.name}" holds {right.dtype} on the right.',
        "Give both the same type with Edit Metadata.",
    )  # fmt: skip


def _plain(key: pl.Series, match_case: bool) -> pl.Series:
    if key.dtype in (pl.Categorical, pl.Enum, pl.Null):
        key = key.cast(pl.String)
    if key.dtype.is_float():
        return key.fill_nan(None)
    return key.str.to_lowercase() if key.dtype == pl.String and not match_case else key


def _each_its_own(names: list[str], taken: list[str]) -> dict[str, str]:
    """A name for each column that no other column has."""
    used, result = {*taken, *names}, {}
    for name in names:
        own, number = name, 1
        while own in taken or (number > 1 and own in used):
            number += 1
            own = f"{name}_{number}"
        used.add(own)
        result[name] = own
    return result


def _without_labels(right: dict[str, Role], left: dict[str, Role]) -> dict[str, Role]:
    """The right roles; where the left side has a label, the right one's is none any more."""
    if not any(role.kind == "label" for role in left.values()):
        return right
    return {name: Role(categorical=role.categorical) if role.kind == "label" else role for name, role in right.items()}
