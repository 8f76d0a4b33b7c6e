"""What goes wrong in a step, as the data that `result.json` carries."""

import os
import sys

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):
    """The launcher cannot do its part: `kind` is stable, the message names port, row or file, `cure` what to do."""

    exit_code = 1

    def __init__(self, kind: str, message: str, cure: str = "") -> None:
        self.kind = kind
        self.message = message
        self.cure = cure
        super().__init__(message)


def error(
    kind: str, message: str, cure: str = "", *, number: int | None = None, where: str = "", traceback: str = ""
) -> "dict[str, Any]":
    """The `error` of a result."""
    return {
        "kind": kind, "number": number, "message": message[:10_000], "cure": cure[:2_000], "where": where,
        "traceback": traceback[-64_000:],
    }  # fmt: skip


def describe(raised: BaseException, source: str, folder: str) -> "dict[str, Any]":
    """The `error` of a result for an exception that left the step's module (`source`) or the launcher."""
    if isinstance(raised, Failure):
        return error(raised.kind, raised.message, raised.cure)
    kind = type(raised).__name__
    frames = _own_frames(raised.__traceback__, source, folder)
    where = _where(raised, frames)
    text = _text(raised, source)
    number = getattr(raised, "number", None) if kind == "ModuleError" else None
    if number is not None:
        message, cure = str(getattr(raised, "message", raised)), str(getattr(raised, "cure", ""))
        return error(kind, message, cure, number=number, where=where, traceback=text)
    return error(kind, _message(raised), _cure(raised), where=where, traceback=text)


def _message(raised: BaseException) -> str:
    try:
        text = str(raised)
    except Exception:  # noqa: BLE001 - an exception of the module's own, whose __str__ fails as well
        text = ""
    if isinstance(raised, KeyError) and len(raised.args) == 1:
        return f"KeyError: {text}"
    return text or type(raised).__name__


def _cure(raised: BaseException) -> str:
    if isinstance(raised, ModuleNotFoundError):
        return (
            f'Add the package that provides "{raised.name}" to the module\'s dependencies (the "# /// script" block), '
            "or choose an environment that has it."
        )
    if isinstance(raised, MemoryError):
        return "Give the step more memory, or let it work on fewer rows at a time."
    if isinstance(raised, RecursionError):
        return "A function calls itself without end, or the data is nested too deeply."
    if isinstance(raised, KeyError):
        return "Nothing has this name: compare it with the columns of the inputs, which their previews show."
    return "The traceback in the log shows the way there. Mend the code or what flows into it, and run again."


def _own_frames(trace: "TracebackType | None", source: str, folder: str) -> list[tuple[str, int, str]]:
    """File, line and function of the frames in the module's file, in the job folder, or in a script it runs."""
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename
        script = file.startswith("<script") or not (os.path.isabs(file) or file.startswith("<"))
        if file == source or file.startswith(folder + os.sep) or script:
            frames.append((file, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return frames


def _where(raised: BaseException, frames: list[tuple[str, int, str]]) -> str:
    if isinstance(raised, SyntaxError) and raised.filename and raised.lineno:
        return f"{os.path.basename(raised.filename)}, line {raised.lineno}"
    if not frames:
        return ""
    file, line, function = frames[-1]
    return f"{os.path.basename(file)}, line {line}" + ("" if function == "<module>" else f", in {function}")


def _text(raised: BaseException, source: str) -> str:
    """The traceback without the launcher's own frames."""
    import traceback

    trace = raised.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != source:
        trace = trace.tb_next
    if trace is None:  # it did not come from the module at all
        trace = raised.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith((HERE + os.sep, "<frozen")):
            trace = trace.tb_next
    try:
        lines = traceback.format_exception(type(raised), raised, trace, chain=True, limit=-50)
    except Exception:  # noqa: BLE001 - exceptions may lie about themselves in many ways
        lines = [f"{type(raised).__name__}\n"]
    return "".join(lines)


def show(text: str) -> None:
    """Write a failure's traceback into the step's own log as well."""
    try:
        sys.stderr.write(text if text.endswith("\n") else text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass  # the module closed or replaced it
