"""The floor: the least that steps in processes of their own, with kept logs and content keys, can cost on this machine.

A fork server that imports pandas and pyarrow once and forks a child per step, with its own process group and one pipe for
its output; results are Arrow IPC files named by their digest; a step whose key is known is not run. It keeps no history,
survives nothing, and syncs nothing to the disk.
"""

import hashlib
import inspect
import json
import os
import selectors
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.peers import steps
from benchmarks.peers.workloads import CHAIN, FAN, WIDTH, Nodes, answer, chain, fan, timed


@dataclass(frozen=True)
class Step:
    """A function, the steps whose results it takes first, those it only waits for, and its other arguments."""

    function: Callable[..., Any]
    inputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


class ForkServer:
    """Runs graphs of steps below a folder."""

    def __init__(self, folder: Path) -> None:
        import pandas as pd
        import pyarrow.ipc

        pd.DataFrame({"a": [1.0]}).assign(b=1.0).sum()  # the library's own set-up; nothing that starts a thread
        self.arrow, self.folder = pyarrow, folder
        self.sources: dict[Any, str] = {}
        for name in ("store", "keys", "logs"):
            (folder / name).mkdir(exist_ok=True)

    def run(self, graph: Mapping[str, Step], width: int = WIDTH) -> dict[str, str]:
        """Run all steps of a graph; return the digests of their results."""
        digests: dict[str, str] = {}
        followers: dict[str, list[str]] = {name: [] for name in graph}
        missing = {name: len(step.inputs) + len(step.after) for name, step in graph.items()}
        for name, step in graph.items():
            for other in (*step.inputs, *step.after):
                followers[other].append(name)
        ready = [name for name, count in missing.items() if count == 0][::-1]
        running = 0
        with selectors.DefaultSelector() as selector:
            while ready or running:
                while ready and running < width:
                    name = ready.pop()
                    step = graph[name]
                    key = self._key(step, digests)
                    known = self._known(key)
                    if known:
                        self._ended(name, known, digests, followers, missing, ready)
                        continue
                    pid, pipe = self._start(step, key, [digests[one] for one in step.inputs])
                    log = os.open(self.folder / "logs" / f"{key}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                    selector.register(pipe, selectors.EVENT_READ, (name, key, pid, log))
                    running += 1
                for event, _ in selector.select() if running else ():
                    name, key, pid, log = event.data
                    if data := os.read(event.fd, 1 << 20):
                        os.write(log, data)
                        continue
                    selector.unregister(event.fd)
                    os.close(event.fd)
                    os.close(log)
                    running -= 1
                    if os.waitpid(pid, 0)[1]:
                        raise RuntimeError(f"{name} failed: {(self.folder / 'logs' / f'{key}.log').read_text()}")
                    self._ended(name, self._known(key), digests, followers, missing, ready)
        return digests

    def _ended(self, name: str, digest: str, digests: Any, followers: Any, missing: Any, ready: Any) -> None:
        digests[name] = digest
        for one in followers[name]:
            missing[one] -= 1
            if not missing[one]:
                ready.append(one)

    def _key(self, step: Step, digests: Mapping[str, str]) -> str:
        source = self.sources.get(step.function)
        if source is None:
            source = self.sources[step.function] = inspect.getsource(step.function)
        parts = [source, [digests[one] for one in step.inputs], dict(step.arguments)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _known(self, key: str) -> str:
        try:
            return (self.folder / "keys" / key).read_text()
        except FileNotFoundError:
            return ""

    def _start(self, step: Step, key: str, inputs: list[str]) -> tuple[int, int]:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            return pid, reading
        code = 1
        try:
            os.setsid()
            os.dup2(writing, 1)
            os.dup2(writing, 2)
            os.closerange(3, 256)
            result = step.function(*[self._read(one) for one in inputs], **step.arguments)
            self._write(key, result)
            sys.stdout.flush()
            code = 0
        except BaseException:  # noqa: BLE001 - the log tells
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        finally:
            os._exit(code)

    def _read(self, digest: str) -> Any:
        path = self.folder / "store" / digest
        with path.open("rb") as file:
            if file.read(1) == b"{":
                return json.loads(path.read_text())
        table = self.arrow.ipc.open_file(self.arrow.memory_map(str(path))).read_all()
        return table.to_pandas(split_blocks=True)

    def _write(self, key: str, result: Any) -> None:
        staged = self.folder / "store" / key
        with Hashed(staged) as file:
            if isinstance(result, dict):
                file.write(json.dumps(result).encode())
            else:
                table = self.arrow.Table.from_pandas(result, preserve_index=False)
                with self.arrow.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)
        digest = file.hash.hexdigest()
        staged.rename(self.folder / "store" / digest)
        known = self.folder / "keys" / key
        known.with_suffix(".new").write_text(digest)
        known.with_suffix(".new").rename(known)


class Hashed:
    """A file that is hashed while it is written."""

    def __init__(self, path: Path) -> None:
        self.file, self.hash, self.closed = path.open("wb"), hashlib.sha256(), False

    def write(self, data: Any) -> int:
        """Write and hash."""
        self.hash.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self.file.flush()

    def __enter__(self) -> "Hashed":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def no_op_first(number: int) -> dict[str, int]:
    """The no-op that takes nothing."""
    return steps.no_op(None, number)


def no_ops(nodes: Nodes) -> dict[str, Step]:
    """A graph of no-ops."""
    return {
        node: Step(steps.no_op if inputs else no_op_first, inputs, after, {"number": number})
        for number, (node, (inputs, after)) in enumerate(nodes.items())
    }


def frames() -> dict[str, Step]:
    """Five steps over a large table."""
    graph = {"make": Step(steps.make_floats)}
    for i in range(3):
        before = f"add{i - 1}" if i else "make"
        graph[f"add{i}"] = Step(steps.add_to_floats, (before,), arguments={"column": f"c{i}", "amount": 1.5})
    graph["sum"] = Step(steps.sum_floats, ("add2",))
    return graph


def graph_twice(graph: Mapping[str, Step], folder: Path) -> dict[str, Any]:
    """Run a graph, and again."""
    server = ForkServer(folder)
    server.run({"warm": Step(no_op_first, arguments={"number": -1})})
    before = sum(os.times()[:4])
    seconds = timed(lambda: server.run(graph))
    used = sum(os.times()[:4]) - before
    return {"steps": len(graph), "seconds": seconds, "again": timed(lambda: server.run(graph)), "used": used}


def first(folder: Path) -> None:
    """One step that writes down when it began."""
    ForkServer(folder).run({"mark": Step(steps.mark, arguments={"place": str(folder / "moment")})})


def run_frames(folder: Path) -> dict[str, Any]:
    """Five steps over a large table."""
    server = ForkServer(folder)
    return {"seconds": timed(lambda: server.run(frames()))}


def run_lines(folder: Path) -> dict[str, Any]:
    """Many lines, until they lie in a file."""
    server = ForkServer(folder)
    seconds = timed(lambda: server.run({"print": Step(steps.print_lines)}))
    kept = sum(file.read_bytes().count(b"\n") for file in (folder / "logs").iterdir())
    if kept != steps.LINES:
        raise RuntimeError(f"{kept} lines were kept")
    return {"seconds": seconds, "lines": kept, "kept": "a file"}


if __name__ == "__main__":
    answer({
        "chain": partial(graph_twice, no_ops(chain(CHAIN))), "fan": partial(graph_twice, no_ops(fan(FAN))), "frames": run_frames,
        "lines": run_lines, "first": first,
    })  # fmt: skip
