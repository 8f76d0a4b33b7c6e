# /// script
# dependencies = ["polars>=1.30", "pandas>=2", "pyarrow"]
# ///
"""Execute Python Script

Runs a Python script over up to two datasets, which it gets and gives as pandas data frames.

Use it for what no other module does: features of your own, a chart, a call to a library. The script defines
`azureml_main(dataframe1, dataframe2)` and returns up to two data frames; an output without
one is an empty table. Dates come as pandas timestamps. What it prints is in the step's log. `from designer import step` reports metrics,
progress and figures.

A *Script bundle* is a zip file with Python modules or other files. It is unpacked to `./Script Bundle`, from where the script can
import.

*Example:*

    def azureml_main(dataframe1=None, dataframe2=None):
        dataframe1["area"] = dataframe1["length"] * dataframe1["width"]
        return dataframe1,
"""

import inspect
import linecache
import os
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import polars as pl

from designer.module import Code, Help, Label, ModuleError

CATEGORY = "Python Language"
TAGS = ("script", "code", "pandas", "custom", "azureml_main")

SCRIPT = "<script>"
BUNDLE = "Script Bundle"
MOST_BYTES = 4 * 1024**3


def run(
    dataset1: Annotated[pl.DataFrame | None, Label("Dataset1")] = None,
    dataset2: Annotated[pl.DataFrame | None, Label("Dataset2")] = None,
    script_bundle: Annotated[Path | None, Label("Script bundle"), Help("A zip file.")] = None,
    *,
    script: Annotated[Code, Label("Python script"), Help("python")] = """# The script must define azureml_main.
#   dataframe1, dataframe2: pandas data frames, or None where nothing is connected
#   returns: one or two pandas data frames
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    print(f"Dataset1 has {len(dataframe1) if dataframe1 is not None else 0} rows.")
    return dataframe1,
""",
) -> tuple[
    Annotated[pl.DataFrame, Label("Result dataset")],
    Annotated[pl.DataFrame, Label("Result dataset2")],
]:
    folder = str(Path(BUNDLE).resolve())
    if script_bundle is not None:
        _unpack(script_bundle, Path(folder))
        sys.path.insert(0, folder)
    try:
        main = _load(script)
        returned = main(*_arguments(main, dataset1, dataset2))
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
    frames = _frames(returned)
    first, second = (*frames, None, None)[:2]
    return _table(first, "first"), _table(second, "second")


def _load(script: str) -> Callable[..., Any]:
    """The function `azureml_main` of the script, whose own line numbers errors show."""
    linecache.cache[SCRIPT] = (len(script), None, script.splitlines(keepends=True), SCRIPT)
    module = ModuleType("azureml_script")
    sys.modules[module.__name__] = module
    exec(compile(script, SCRIPT, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - this is what the module is for
    main = getattr(module, "azureml_main", None)
    if not callable(main):
        raise ModuleError(85, "The script defines no function azureml_main.",
                          "Write: def azureml_main(dataframe1=None, dataframe2=None):")  # fmt: skip
    return main


def _arguments(main: Callable[..., Any], *datasets: pl.DataFrame | None) -> list[Any]:
    """The data frames, as many of them as the function takes."""
    kinds = [parameter.kind for parameter in inspect.signature(main).parameters.values()]
    places = sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)
    count = len(datasets) if inspect.Parameter.VAR_POSITIONAL in kinds else places
    return [None if dataset is None else dataset.to_pandas() for dataset in datasets[:count]]


def _frames(returned: Any) -> list[Any]:
    """What the script returned, as a list of at most two."""
    if returned is None:
        return []
    frames = list(returned) if isinstance(returned, tuple | list) else [returned]
    if len(frames) > 2:
        raise ModuleError(85, f"azureml_main returned {len(frames)} values; there are two outputs.",
                          "Return one or two data frames: return dataframe1, dataframe2")  # fmt: skip
    return frames


def _table(frame: Any, place: str) -> pl.DataFrame:
    """The data frame as a table; its index is left behind."""
    import pandas as pd

    if frame is None:
        return pl.DataFrame()
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(name=frame.name if frame.name is not None else "Col1")
    if not isinstance(frame, pd.DataFrame):
        raise ModuleError(85, f"The {place} value that azureml_main returned is {type(frame).__name__}, not a data frame.",
                          "Return pandas data frames: return dataframe1,")  # fmt: skip
    names = [str(name) for name in frame.columns]
    for name in names:
        if names.count(name) > 1:
            raise ModuleError(28, f'The {place} data frame has two columns called "{name}".', "Give each its own name.")
    return pl.DataFrame([_column(name, frame.iloc[:, number]) for number, name in enumerate(names)])


def _column(name: str, column: Any) -> pl.Series:
    try:
        return pl.from_pandas(column.rename(name), nan_to_null=True)
    except Exception as problem:  # pyarrow and polars each have their own errors for mixed values
        kinds = sorted({type(value).__name__ for value in column.dropna()})
        raise ModuleError(45, f'Column "{name}" holds values that one column cannot keep together: {", ".join(kinds)}.',
                          f"Make them one type, for example with astype(str) in the script. ({problem})") from problem  # fmt: skip


def _unpack(bundle: Path, folder: Path) -> None:
    """Unpack a zip file. Raises `ModuleError` 102 for one that is broken, or would write outside the folder."""
    try:
        with zipfile.ZipFile(bundle) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise ModuleError(102, "The script bundle unpacks to more than 4 GiB.", "Make large files datasets.")
            for member in members:
                target = Path(os.path.normpath(folder / member.filename))
                if not target.is_relative_to(folder) or stat.S_ISLNK(member.external_attr >> 16):
                    raise ModuleError(102, f'The script bundle holds "{member.filename}", which leads out of its folder.',
                                      "Make the zip file from plain files.")  # fmt: skip
            archive.extractall(folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as problem:
        raise ModuleError(
            102, f"The script bundle cannot be unpacked: {problem}.", "Give it a zip file without a password."
        ) from problem
