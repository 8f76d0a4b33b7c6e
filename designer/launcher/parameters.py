"""Parameters: from their JSON forms in `job.json` to the Python values that `run` asks for."""

from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any


def convert(name: str, value: "Any", annotation: "Any") -> "Any":
    """The value in the type of the annotation; JSON values that need no change come back as they are."""
    try:
        return _convert(value, bare(annotation))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as problem:
        raise Failure("ParameterWrong", f'Parameter "{name}" cannot be read from {value!r}: {problem}') from problem


def reveal(name: str, value: "Any", secrets: "dict[str, str]") -> "Any":
    """The text of a secret where the value is `{"secret": "its name"}`, also in a list; any other value as it is."""
    if isinstance(value, list):
        return [reveal(name, one, secrets) for one in value]
    if not isinstance(value, dict) or value.keys() not in ({"secret"}, {"secret", "version"}):
        return value
    if value["secret"] not in secrets:
        raise Failure(
            "SecretMissing",
            f'Parameter "{name}": this step was not given the secret "{value["secret"]}".',
            "Store it, and let the step use it.",
        )
    return secrets[value["secret"]]


def datastore(name: str, value: str, datastores: "dict[str, Any]", secrets: "dict[str, str]") -> "Any":
    """A datastore, with the right to use it."""
    from designer.datastores.given import Given

    about = datastores.get(value)
    if about is None:
        raise Failure(
            "DatastoreMissing",
            f'Parameter "{name}": this step was not given the datastore "{value}".',
            "Choose another.",
        )
    options = {option: reveal(name, one, secrets) for option, one in about["options"].items()}
    return Given(value, about["kind"], options)


def bare(annotation: "Any") -> "Any":
    """The annotation without `Annotated` and `| None`."""
    while annotation is not None:
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
            continue
        kind = type(annotation).__name__
        if kind in ("UnionType", "_UnionGenericAlias", "Union"):
            rest = [one for one in annotation.__args__ if one is not type(None)]
            if len(rest) != 1:
                return None
            annotation = rest[0]
            continue
        break
    return annotation


def _convert(value: "Any", kind: "Any") -> "Any":
    if value is None:
        return None
    name = getattr(kind, "__name__", "")
    origin = getattr(kind, "__origin__", None)
    if name == "Columns" or (
        isinstance(value, dict) and ("begin" in value or ("columns" in value and name != "Column"))
    ):
        from designer.module.columns import Columns

        return Columns.from_json(value)
    if name == "Column":
        if isinstance(value, dict):
            (only,) = value["columns"]
            return str(only)
        return str(value)
    if name == "date" and isinstance(value, str):
        from datetime import date

        return date.fromisoformat(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is list or origin is list:
        item = bare((getattr(kind, "__args__", None) or (None,))[0])
        return [_convert(one, item) for one in value]
    if kind is tuple or origin is tuple:
        item = bare((getattr(kind, "__args__", None) or (None,))[0])
        return tuple(_convert(one, item) for one in value)
    return value
