"""Where the engine's own time goes: a run through the real conductor, store and artifacts, with steps that cost nothing.

The target is one that ends a job the moment it starts, so all that is left is what the server does per step. First a run
without a profiler (milliseconds a step, processor time per thread, statements and commits a step), then the same under
cProfile in every thread.

    python -m benchmarks.profile_engine --shape chain --steps 200
"""

import argparse
import cProfile
import hashlib
import pstats
import queue
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.pipelines import chain, fan, layers, write_modules
from designer.actions import runs
from designer.conductor import Conductor
from designer.contract.runs import SubmitRun
from designer.engine.status import FINAL_RUN
from designer.installation import Installation, open_installation
from designer.launcher import processes, supervisor
from designer.launcher.result import read_json, write_json
from designer.settings import Settings
from designer.targets.base import Exited, Handle, Job, Look

DEADLINE = 300.0
SHAPES = {"chain": chain, "fan": lambda steps: fan(steps - 2), "layers": layers}


class Instant:
    """A target whose jobs are over when they begin: each writes the number it was given."""

    def __init__(self, name: str, slots: int) -> None:
        self.name, self.slots = name, slots
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self, job: Job) -> Handle:
        """Write what a step would have written."""
        asked = read_json(str(job.folder / supervisor.JOB))
        text = b'{"number":%d}' % asked["parameters"]["number"]
        (job.folder / "out").mkdir(exist_ok=True)
        (job.folder / "out" / "result").write_bytes(text)
        made = {"path": "out/result", "type": "metrics", "size": len(text), "digest": _digest(text)}
        write_json(
            str(job.folder / supervisor.RESULT), {"status": "completed", "exit_code": 0, "outputs": {"result": made}}
        )
        self._ended.put(job.name)
        return {"name": job.name, "boot_id": processes.boot_id()}

    def adopt(self, handle: Handle) -> None:
        """It has ended."""
        self._ended.put(handle["name"])

    def look(self, handle: Handle) -> Look:
        """It has ended."""
        return Exited(0)

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """It has ended."""

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """It said nothing."""
        return b""

    def clean(self, handle: Handle) -> None:
        """Nothing is left of it."""

    def watch(self, changed: Callable[[str], None]) -> None:
        """Tell of each end, from a thread of its own as a real target does."""

        def tell() -> None:
            while name := self._ended.get():
                changed(name)

        threading.Thread(target=tell, name="target", daemon=True).start()

    def notices(self) -> list[str]:
        """There is nothing to be known."""
        return []

    def close(self) -> None:
        """End the thread."""
        self._ended.put("")


def _digest(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()


@contextmanager
def statements(inst: Installation) -> Iterator[Counter[str]]:
    """Count the statements of the writing connection by their first words, and the commits."""
    found: Counter[str] = Counter()
    engine = inst.store._writer

    def executed(_c: Any, _cursor: Any, text: str, given: Any, _context: Any, many: bool) -> None:
        words = text.split(maxsplit=3)
        found[" ".join(words[:3] if words[0] in ("INSERT", "DELETE") else words[:2])] += len(given) if many else 1

    def committed(_c: Any) -> None:
        found["COMMIT"] += 1

    sa.event.listen(engine, "before_cursor_execute", executed)
    sa.event.listen(engine, "commit", committed)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", executed)
        sa.event.remove(engine, "commit", committed)


@contextmanager
def watched_threads(profiled: bool) -> Iterator[tuple[Counter[str], list[cProfile.Profile]]]:
    """Have every thread that begins inside measured: processor seconds by its name and, where asked, a profile."""
    seconds: Counter[str] = Counter()
    profiles: list[cProfile.Profile] = []
    plain = threading.Thread.run

    def run(self: threading.Thread) -> None:
        profile = cProfile.Profile() if profiled else None
        if profile is not None:
            profiles.append(profile)
            profile.enable()
        try:
            plain(self)
        finally:
            if profile is not None:
                profile.disable()
            seconds[self.name.split("_")[0]] += time.thread_time()

    threading.Thread.run = run  # type: ignore[method-assign]
    try:
        yield seconds, profiles
    finally:
        threading.Thread.run = plain  # type: ignore[method-assign]


def measure(inst: Installation, document: dict[str, Any], profile: cProfile.Profile | None) -> tuple[float, float]:
    """Seconds to submit a run, and from then to its end."""
    begin = time.perf_counter()
    with profile or nullcontext():
        submitted = runs.submit_run(inst, SubmitRun(document=document))
    middle = time.perf_counter()
    while runs.list_runs(inst, limit=1).items[0].status not in FINAL_RUN:
        if time.perf_counter() > begin + DEADLINE:
            raise TimeoutError(f"the run did not end within {DEADLINE:.0f} s")
        time.sleep(0.02)
    end = runs.get_run(inst, submitted.id)
    if end.status != "completed":
        raise RuntimeError(f"the run {end.status}: {[step.error for step in end.steps.values() if step.error][:1]}")
    return middle - begin, float(end.ended or 0) - end.created


def once(document: dict[str, Any], options: argparse.Namespace, profiled: bool) -> tuple[float, float, Any, Any, Any]:
    """One run in an installation of its own; with `--again` the second one of the same document."""
    with tempfile.TemporaryDirectory(prefix="designer-bench-") as folder:
        modules = write_modules(Path(folder, "modules"))
        opened = open_installation(
            Settings.read({}, home=Path(folder, "home"), modules=str(modules), samples=False, slots=options.slots)
        )
        for target in opened.targets.values():
            target.close()
        inst = replace(opened, targets={name: Instant(name, options.slots) for name in opened.targets})
        if options.again:
            conductor = Conductor(inst)
            conductor.start()
            measure(inst, document, None)
            conductor.stop()
        conductor = Conductor(inst)
        with watched_threads(profiled) as (seconds, profiles), statements(inst) as counted:
            conductor.start()
            mine = cProfile.Profile() if profiled else None
            submitting, running = measure(inst, document, mine)
            conductor.stop()
        inst.close()
    return submitting, running, seconds, counted, [*profiles, *([mine] if mine else [])]


def main() -> None:
    """Print where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="chain")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="look at a second run of the same, where all is reused")
    parser.add_argument("--top", type=int, default=45, help="rows of the profile")
    parser.add_argument("--sort", choices=("cumulative", "tottime"), default="cumulative")
    parser.add_argument("--plain", action="store_true", help="leave the profile out, for a profiler from outside")
    options = parser.parse_args()
    document = SHAPES[options.shape](options.steps)
    steps = len(document["nodes"])
    submitting, running, seconds, counted, _ = once(document, options, profiled=False)
    print(f"\n{options.shape} of {steps} steps that cost nothing{', again' * options.again}, {options.slots} slots")
    print(f"submission {submitting * 1000:.0f} ms; run {running * 1000:.0f} ms, {running / steps * 1000:.2f} ms a step")
    for name, used in seconds.most_common():
        print(f"  thread {name:28} {used / steps * 1000:>7.2f} ms of processor a step")
    for name, count in counted.most_common():
        print(f"  {name:35} {count / steps:>7.2f} a step")
    if options.plain:
        return
    _, running, _, _, profiles = once(document, options, profiled=True)
    print(f"\nunder the profiler {running / steps * 1000:.2f} ms a step; times below are of all threads together")
    merged = pstats.Stats(profiles[0])
    for profile in profiles[1:]:
        merged.add(profile)
    merged.sort_stats(options.sort).print_stats(options.top)


if __name__ == "__main__":
    main()
