"""One job of the target `docker`: its container is made, started and followed to its end, and its result is put right.

Each move is safe to repeat, by whichever server: what was done is seen in the engine and in the attempt's folder.
"""

import logging
import os
import stat
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from designer.launcher import digests, supervisor
from designer.launcher.failures import Failure, error
from designer.launcher.result import FORMAT, read_json, write_json
from designer.targets import docker_container as container
from designer.targets.base import Exited, Gone, Handle, Look, Running, Software, Starting
from designer.targets.docker_engine import Away, Refused
from designer.targets.docker_files import Bound, Carried, Files, InputGone
from designer.targets.docker_images import NoImage

if TYPE_CHECKING:
    from designer.targets.docker import DockerTarget

log = logging.getLogger(__name__)

RECORD = "docker.json"
"""In the attempt's folder: which image it runs in; it is written before the engine is asked to start the container."""

SOFTWARE = "software.json"
"""In the attempt's folder: what it is to run in, for the server that takes it up."""

UNSEEN = "bind source path does not exist"
"""What an engine says that does not see a folder."""

LOOK_SECONDS = 2.0
AWAY_SECONDS = 2.0


class Follower:
    """Takes one job to its end, in a thread of its own. Each step of that is safe to repeat, by whichever server."""

    def __init__(self, target: "DockerTarget", handle: Handle) -> None:
        self._target, self._handle = target, handle
        self._name, self._folder = str(handle["name"]), str(handle["folder"])
        self._work = threading.RLock()  # held while the engine is asked to change something
        self._poke = threading.Event()
        self._stopping = False  # it is to be told to end
        self._given_up = False
        self._thread: threading.Thread | None = None
        self._files: Files | None = None
        self.seen: Look = Running() if self._was_started() else Starting("Asking the Docker engine")

    def begin(self) -> None:
        """Follow it from now on."""
        self._thread = threading.Thread(target=self._run, name=f"docker-{self._name}", daemon=True)
        self._thread.start()

    def poke(self) -> None:
        """Look again now."""
        self._poke.set()

    def join(self) -> None:
        """Wait a moment for the thread's end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def stop(self) -> None:
        """Have it told to end."""
        self._stopping = True
        self._poke.set()

    def give_up(self) -> None:
        """Do nothing more for it: when this returns, no container of it is made any more."""
        self._given_up = True
        self._poke.set()
        with self._work:
            pass

    def glance(self) -> Look:
        """What the engine says of it now, without doing anything about it."""
        try:
            found = self._target.engine.inspect(self._name)
        except Away:
            return self.seen
        if found is None or _never_started(found):
            return self.seen
        return Running() if found["State"]["Running"] else self._ended(found)

    def _run(self) -> None:
        while not (self._target.closed or self._given_up):
            try:
                done = self._advance()
                self._target.reached(None)
            except Away as problem:
                self._target.reached(problem)
                if isinstance(self.seen, Starting):
                    self._say(problem.message)
                self._wait(AWAY_SECONDS)
                continue
            except (NoImage, InputGone) as problem:
                done = self._failed(problem.error)
            except Refused as problem:
                done = self._failed(
                    error(
                        "target",
                        f"The Docker engine refused: {problem.message}",
                        problem.cure or _cure(problem.message),
                    )
                )
            except OSError as problem:
                done = self._failed(
                    error(
                        "target",
                        f"The step's container could not be prepared: {problem}",
                        "Look at the free space and the rights of the data folder.",
                    )
                )
            except Exception as problem:  # the door of a thread
                log.exception("job %s cannot be followed", self._name)
                done = self._failed(error("target", f"The step's container could not be followed: {problem}"))
            if done is not None:
                self._see(done)
                return

    def _advance(self) -> Look | None:
        """One move towards the end; the end itself, or None."""
        engine = self._target.engine
        found = engine.inspect(self._name)
        if found is None:
            return self._make()
        theirs = found["Config"].get("Labels") or {}
        if (
            theirs.get(container.INSTALLATION) != self._target.installation
            or theirs.get(container.FOLDER) != self._folder
        ):
            raise Refused(f"it has a container “{self._name}” that is not of this server.")
        if _never_started(found):
            return self._start()
        if found["State"]["Running"]:
            self._see(Running())
            if self._stopping:
                self._carrier().tell_stop(engine, self._name, self._folder, self._target.facts().owner)
                engine.kill(self._name, "SIGTERM")
                self._stopping = False
            self._carrier().follow(engine, self._name, self._folder)
            self._wait(min(LOOK_SECONDS, self._carrier().pace))
            return None
        return self._ended(found)

    def _make(self) -> Look | None:
        if self._was_started():
            return Gone("its container was removed by someone else")
        if self._stop_asked():
            return self._canceled()
        target = self._target
        image, python = target.images.ready(self._software(), self._say, self._is_over)
        if self._is_over():
            return None
        facts, files = target.facts(), self._carrier()
        self._say("Making its container")
        with self._work:
            if self._is_over():
                return None
            limit = target.options.time_limit
            place = files.prepare(self._folder, limit, facts.owner)
            config = container.step(
                target.options, self._name, image, python, facts.user, target.labels(self._handle), place
            )
            write_json(os.path.join(self._folder, RECORD), {"image": image, "asked": False})
            try:
                target.engine.create(self._name, config)
            except Refused as problem:
                if UNSEEN not in problem.message or isinstance(files, Carried):
                    raise
                log.warning(
                    "the engine does not see the folders of this server, so files are sent to it: %s", problem.message
                )
                target.carry()
                self._files = None
        return None

    def _start(self) -> Look | None:
        with self._work:
            if self._given_up or self._target.closed:
                return None
            if self._stop_asked():
                return self._canceled()
            self._carrier().send(self._target.engine, self._name, self._folder, self._say)
            record = read_json(os.path.join(self._folder, RECORD)) or {}
            write_json(os.path.join(self._folder, RECORD), {**record, "asked": True})
            self._target.engine.start(self._name)
        self._see(Running())
        return None

    def _ended(self, found: Mapping[str, Any]) -> Look:
        """What became of a container that does not run any more; what is missing of the result is written down."""
        state = found["State"]
        self._carrier().collect(self._target.engine, self._name, self._folder)
        result = read_json(os.path.join(self._folder, supervisor.RESULT))
        if isinstance(result, dict):
            if result.get("status") == "canceled" and not self._stop_asked():
                return Gone("the Docker engine stopped its container: it was restarted, or someone told it to")
            return self._checked(result, found)
        if state.get("OOMKilled"):
            return self._failed(self._out_of_memory(found))
        if self._stop_asked():
            return self._canceled()
        said = self._target.engine.output(self._name) or str(state.get("Error") or "")
        if state.get("ExitCode") == 137:
            return Gone("its container was killed from outside" + (f": {said}" if said else ""))
        if state.get("ExitCode") == supervisor.STARTED_BEFORE:
            return Gone("it was started a second time, and the first start left no result")
        code = state.get("ExitCode")
        return self._failed(
            error(
                "target",
                f"The step's container ended with exit code {code} and left no result" + (f": {said}" if said else "."),
                _cure(said),
            )
        )

    def _checked(self, result: dict[str, Any], found: Mapping[str, Any]) -> Look:
        """The result, with what only the engine knows; and nothing taken at its word that others will rely on."""
        wrong = _forged(self._folder, result)
        if wrong:
            return self._failed(error("OutputWrong", wrong, "Let the step write its outputs as plain files."))
        about = result.get("error") or {}
        if about.get("kind") == "Killed" and result.get("signal") == "SIGKILL" and found["State"].get("OOMKilled"):
            result = {**result, "error": self._out_of_memory(found)}
            write_json(os.path.join(self._folder, supervisor.RESULT), result)
        code = result.get("exit_code")
        return Exited(code if isinstance(code, int) else None)

    def _out_of_memory(self, found: Mapping[str, Any]) -> dict[str, Any]:
        limit = int(found["HostConfig"].get("Memory") or 0)
        what = (
            f"Out of memory: limit {limit // 1024**2} MB."
            if limit
            else "Out of memory: the engine's machine has no more."
        )
        return error(
            "OutOfMemory",
            what,
            "Let the target give its steps more memory, or let the step work on fewer rows at a time.",
        )

    def _failed(self, about: Mapping[str, Any]) -> Exited:
        return self._write("failed", about)

    def _canceled(self) -> Exited:
        return self._write("canceled", error("Canceled", "Stopped by request."))

    def _write(self, status: str, about: Mapping[str, Any]) -> Exited:
        now = time.time()
        write_json(
            os.path.join(self._folder, supervisor.RESULT),
            {"format": FORMAT, "status": status, "exit_code": None, "signal": None, "error": dict(about), "outputs": {},
             "peak_memory": 0, "started": now, "ended": now, "seconds": 0.0},
        )  # fmt: skip
        return Exited(None)

    def _carrier(self) -> Files:
        """How its files come to the engine. Raises `Away`."""
        if self._files is None:
            self._files = Carried() if self._target.facts().carried else Bound()
        return self._files

    def _was_started(self) -> bool:
        record = read_json(os.path.join(self._folder, RECORD))
        return isinstance(record, dict) and bool(record.get("asked"))

    def _software(self) -> Software | None:
        found = read_json(os.path.join(self._folder, SOFTWARE))
        return Software(**found) if isinstance(found, dict) else None

    def _stop_asked(self) -> bool:
        return os.path.exists(os.path.join(self._folder, supervisor.STOP))

    def _is_over(self) -> bool:
        return self._given_up or self._target.closed or self._stop_asked()

    def _say(self, text: str) -> None:
        self._see(Starting(text))

    def _see(self, look: Look) -> None:
        if look != self.seen:
            self.seen = look
            self._target.told(self._name)

    def _wait(self, seconds: float) -> None:
        self._poke.wait(seconds)
        self._poke.clear()


def _never_started(found: Mapping[str, Any]) -> bool:
    return bool(found["State"]["Status"] == "created")


def _forged(folder: str, result: Mapping[str, Any]) -> str:
    """What is wrong with the outputs of a result, which the step could have written itself: its container could write that file."""
    outputs = result.get("outputs") or {}
    if not outputs:
        return ""
    if not isinstance(outputs, dict) or not stat.S_ISDIR(os.lstat(os.path.join(folder, "out")).st_mode):
        return "The folder with the step's outputs is not a folder."
    for name, entry in outputs.items():
        path = os.path.join(folder, "out", os.path.basename(str(entry.get("path"))))
        try:
            mode = os.lstat(path).st_mode
            found = (
                digests.of_folder(path)[0]
                if stat.S_ISDIR(mode)
                else digests.of_file(path)
                if stat.S_ISREG(mode)
                else ""
            )
        except (OSError, Failure) as problem:
            return f"Output “{name}” cannot be read: {problem}."
        if found != entry.get("digest"):
            return f"Output “{name}” is not what the step announced: its digest differs."
    return ""


def _cure(words: str) -> str:
    """What to do about words of an engine."""
    for text, cure in (
        ("executable file not found", "The image has no Python under this name: take one with Python 3.10 or newer."),
        ("No such image", "Fetch the image to the engine, or let the target fetch missing images."),
        ("could not select device driver", "Install the NVIDIA Container Toolkit on the engine's machine, or ask for no GPUs."),
        ("bind source path does not exist", "The engine does not see this server's folders: it runs on another machine, or in another container."),
        ("network", "Look at the network that the target names: `docker network ls` shows those that there are."),
        ("CPUs", "Let the target give its steps fewer processors."),
        ("SyntaxError", "The image's Python is too old: take one with Python 3.10 or newer."),
        ("No space left", "Free some space on the engine's machine: `docker system df` shows what it holds."),
    ):  # fmt: skip
        if text in words:
            return cure
    return "Look at the options of the target, and at the engine's log."
