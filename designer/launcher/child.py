"""The process that does the work: a forked child of the supervisor, leader of its own session, dead when the supervisor is.

It leaves its outcome on the board: `{"outputs": {...}}` or `{"error": {...}}`; a huge one in `outcome.json`. The supervisor
makes the result of it.
"""

import os
import signal
import sys

from designer.launcher import failures, logs, processes
from designer.launcher.result import write_json

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from designer.launcher.board import Board

OUTCOME = "outcome.json"

EXIT_SECONDS = 5.0
"""How long exit handlers of libraries may take once the outputs are written."""

LIBRARY = os.path.join(failures.HERE, "importable")
"""A folder with what the Python programs that a step starts may import: `designer` and the step's module."""

PRIVATE = (
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE_KEY", "ACCESS_KEY", "API_KEY", "CONNECTION_STRING",
)  # fmt: skip
"""Environment variables with one of these in their name are not handed on to a step."""

LONGEST_TMP = 60
"""A longer path leaves no room for the sockets that libraries make below TMPDIR."""


def detach(parent: int, *kept: int) -> None:
    """Leave the supervisor's session, die when it dies, and let go of all its files but these descriptors."""
    os.setsid()
    processes.die_with_parent(parent)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    before = 2
    for handle in sorted(kept):
        os.closerange(before + 1, handle)
        before = handle
    os.closerange(before + 1, 4096)


def main(job: "dict[str, Any]", folder: str, board: "Board", *, warm: bool = False) -> "NoReturn":
    """Do the job of this folder and exit. What a `warm` process shares with its fork server is not held against the step."""
    source = os.path.join(folder, str(job.get("source") or "module.py"))
    code = 0
    try:
        if not warm:
            prepare()
        if job.get("secrets"):
            from designer.launcher import private

            job["secrets"] = private.take(folder)
        resident, data = processes.held() if warm else (0, 0)
        board.put_base(resident)
        _open_folder(folder, ".pipe" if job.get("secrets") else "")
        _settle(job, folder, data)
        outcome = _work(job, folder, source)
    except SystemExit as raised:
        outcome, code = {}, _exit_code(raised)
    except BaseException as raised:  # noqa: BLE001 - whatever the module raises is the result
        outcome, code = {"error": failures.describe(raised, source, folder)}, 1
        if isinstance(raised, failures.Failure):
            code = raised.exit_code
        failures.show(outcome["error"]["traceback"] or outcome["error"]["message"])
        outcome = _masked(job.get("secrets"), outcome)
    try:
        if outcome and not board.put_outcome(outcome):
            write_json(os.path.join(folder, OUTCOME), outcome)
    except (OSError, ValueError) as problem:
        failures.show(f"the outcome could not be written: {problem}")
        code = code or 74
    _leave(code)


def _masked(secrets: "Any", outcome: "dict[str, Any]") -> "dict[str, Any]":
    """The outcome without the step's secrets, if it has any."""
    if not isinstance(secrets, dict):
        return outcome
    from designer.launcher.masking import Mask

    return dict(Mask(secrets.values()).value(outcome))


def _open_folder(folder: str, suffix: str) -> None:
    """Make the job's folders and its logs, and write into these, or into pipes in their place, from now on."""
    try:
        for name in ("out", "work", "tmp"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        for number, name in enumerate(logs.NAMES, 1):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(os.path.join(folder, name + suffix), flags, 0o600)
            os.dup2(handle, number)
            os.close(handle)
    except OSError as problem:
        raise failures.Failure(
            "FolderUnwritable", f"The step's folder cannot be written: {problem.strerror}.",
            "Look at the free space and the rights of the data folder.",
        ) from problem  # fmt: skip


def prepare() -> None:
    """Make this process one for steps, whichever comes: limits, signals, streams. A warm one does so while it waits."""
    import faulthandler
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _be_the_first_to_go()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _write_lines()
    faulthandler.enable()


def _write_lines() -> None:
    """Have the streams hand on each line at once, whatever letters are in it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _settle(job: "dict[str, Any]", folder: str, shared: int) -> None:
    """Make this process the step's: environment, folder, memory."""
    memory = int(os.environ.get(processes.MEMORY) or 0) * 1024 * 1024
    if memory:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory + shared, memory + shared))
    for name in list(os.environ):
        if name.startswith("DESIGNER_") or any(word in name.upper() for word in PRIVATE):
            del os.environ[name]
    os.environ.update({str(key): str(value) for key, value in (job.get("environment") or {}).items()})
    os.environ[processes.COOKIE] = str(job.get("name", ""))
    os.environ[processes.FOLDER] = folder
    os.environ["DESIGNER_STEP_EVENTS"] = os.path.join(folder, "events.jsonl" + (".pipe" if job.get("secrets") else ""))
    os.environ["PYTHONUNBUFFERED"] = "1"
    temporary = os.path.join(folder, "tmp")
    if len(temporary) <= LONGEST_TMP:
        os.environ["TMPDIR"] = temporary
    os.environ["PYTHONPATH"] = LIBRARY
    sys.path.append(LIBRARY)
    os.chdir(os.path.join(folder, "work"))
    if job.get("secrets"):  # those that are there take what lies behind them for a file
        sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115 - to the end
        _write_lines()
    sys.argv = [str(job.get("module") or job.get("kind"))]


def _be_the_first_to_go() -> None:
    """Where memory runs out, the kernel shall end the step and not the server."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:
        pass  # no Linux, or not allowed


def _work(job: "dict[str, Any]", folder: str, source: str) -> "dict[str, Any]":
    kind = job.get("kind", "module")
    if kind == "module":
        from designer.launcher import call

        return call.run(job, folder, source)
    if kind == "command":
        from designer.launcher import command

        return command.run(job, folder)
    if kind == "ingest":
        from designer.launcher import ingest

        return ingest.run(job, folder)
    if kind == "preview":
        from designer.launcher import preview

        return preview.run(job, folder)
    if kind == "environment":
        from designer.launcher import environment

        return environment.run(job, folder)
    if kind == "samples":
        from designer.launcher import samples

        return samples.run(job, folder)
    raise failures.Failure("JobUnreadable", f'There is no job of kind "{kind}".')


def _exit_code(raised: SystemExit) -> int:
    if raised.code is None:
        return 0
    if isinstance(raised.code, int):
        return raised.code & 0xFF
    failures.show(str(raised.code))
    return 1


def _leave(code: int) -> "NoReturn":
    """Run the exit handlers of libraries (they remove temporary files), but not for ever, and go."""
    import atexit

    signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
    signal.setitimer(signal.ITIMER_REAL, EXIT_SECONDS)
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:  # noqa: BLE001, S110 - nothing of this changes what the step has done
        pass
    os._exit(code)
