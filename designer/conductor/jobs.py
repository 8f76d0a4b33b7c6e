"""Jobs that are no steps: reading uploads, making previews and the sample datasets, building environments.

They run on this machine beside the steps, in places of their own, so that a preview never waits for a long run.
"""

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.actions.artifacts import KIND as PREVIEW
from designer.conductor.builds import KIND, TIMEOUT, Builds
from designer.conductor.confidence import confided
from designer.conductor.hands import says_full, step_error, take_in
from designer.contract.datasets import Dataset, DatasetStatus, DatasetVersion
from designer.contract.events import DatasetChanged, Event, PreviewReady
from designer.engine.run import StepError
from designer.errors import DesignerError, Invalid, NotFound
from designer.faults import crashpoint
from designer.installation import LOCAL, Installation
from designer.launcher import private, supervisor
from designer.launcher.result import read_json, write_json
from designer.samples.datasets import SAMPLES
from designer.store import artifacts, datasets, jobs, previews
from designer.store.database import Full
from designer.store.jobs import StoredJob
from designer.store.tables import JobStatus
from designer.targets.base import Exited, Gone, Job

log = logging.getLogger(__name__)

PLACES = {"preview": "preview", "ingest": "data", "samples": "data", KIND: KIND}
SLOTS = {"preview": 1, "data": 1, KIND: 2}
"""In which kind of place a job runs, and how many do at a time."""

TIMEOUTS = {"preview": 300.0, "ingest": 3_600.0, "samples": 900.0, KIND: TIMEOUT}
MOST_PREVIEW_BYTES = 20_000_000


@dataclass
class Running:
    """A job that was begun."""

    job: StoredJob
    folder: Path
    handle: Mapping[str, Any] | None
    ending: bool = False


class Jobs:
    """Starts jobs, and takes in what comes of them."""

    def __init__(
        self,
        inst: Installation,
        submit: Callable[..., None],
        wake: Callable[[], None],
        check: Callable[[Any], None],
        built: Callable[[], None],
    ) -> None:
        self._inst = inst
        self._submit = submit
        self._wake = wake
        self._check = check  # that a transaction is the conductor's
        self._lock = threading.Lock()
        self._running: dict[str, Running] = {}
        self._builds = Builds(inst, built, check)

    def want_samples(self) -> None:
        """Ask for the sample datasets that are not there yet; until they are made they can be named, and are waited for."""
        if not self._inst.settings.samples:
            return
        now = self._inst.clock.now()
        with self._inst.store.write("want_samples") as t:
            self._check(t)
            if any(job.kind == "samples" for job in jobs.unfinished(t)):
                return
            there = datasets.samples(t)
            for name, about in SAMPLES.items():
                if name not in there:
                    version = DatasetVersion(version=1, status=DatasetStatus.READING, created=now)
                    sample = Dataset(id=self._inst.ids("ds"), name=name, title=about.title, description=about.description,
                                     sample=True, created=now, updated=now, latest=version)  # fmt: skip
                    datasets.add(t, sample, version)
                    there[name] = (sample.id, DatasetStatus.READING)
            wanted = {
                name: id_
                for name, (id_, status) in there.items()
                if status is not DatasetStatus.READY and name in SAMPLES
            }
            if wanted:
                job = StoredJob(
                    self._inst.ids("job"), "samples", "samples", JobStatus.QUEUED, {"datasets": wanted}, now
                )
                jobs.add(t, job)

    def forget(self) -> None:
        """Another engine sees to them."""
        with self._lock:
            self._running.clear()

    def take_up(self) -> None:
        """Begin jobs that wait, where there is a place; called by the thread that decides."""
        with self._inst.store.read() as t:
            unfinished = jobs.unfinished(t)
        with self._lock:
            for job in unfinished:
                if job.status is JobStatus.RUNNING and job.id not in self._running:
                    running = Running(job, self._inst.attempts / job.id, job.handle)
                    self._running[job.id] = running
                    self._submit(self._begin if job.handle is None else self._adopt, running)
            taken = Counter(PLACES[one.job.kind] for one in self._running.values())
            for job in unfinished if not self._inst.paused else ():
                place = PLACES[job.kind]
                if job.status is JobStatus.QUEUED and job.id not in self._running and taken[place] < SLOTS[place]:
                    taken[place] += 1
                    self._running[job.id] = Running(job, self._inst.attempts / job.id, None)
                    self._submit(self._begin, self._running[job.id])

    def close(self) -> None:
        """End following; jobs go on."""
        self._builds.close()

    def sweep(self) -> None:
        """Look at all running jobs."""
        with self._lock:
            ids = list(self._running)
        for id_ in ids:
            self._submit(self.look, id_)

    def _begin(self, running: Running) -> None:
        try:
            self._start(running)
        except BaseException:  # the next sweep begins it again, or finds that it was begun
            with self._lock:
                self._running.pop(running.job.id, None)
            raise

    def _start(self, running: Running) -> None:
        job, folder = running.job, running.folder
        try:
            crashpoint("job_folder.before")
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (folder / supervisor.JOB).exists():
                values, said = confided(self._inst, job.body.get("source"))
                if values:
                    write_json(str(folder / private.FILE), values)
                write_json(str(folder / supervisor.JOB), self._describe(job) | said)
            crashpoint("job_folder.after")
            crashpoint("job_start.before")
            handle = self._inst.targets[LOCAL].start(Job(job.id, folder))
            crashpoint("job_start.after")
        except (DesignerError, OSError) as problem:
            if says_full(problem):
                self._inst.space.found_full()
                raise Full from problem
            message = problem.message if isinstance(problem, DesignerError) else str(problem)
            self._end(running, None, StepError("target", f"The job could not be started: {message}"))
            return
        with self._inst.store.write("begin_job") as t:
            self._check(t)
            jobs.change(t, job.id, status=JobStatus.RUNNING.value, handle=dict(handle))
        running.handle = handle
        self.look(job.id)

    def _adopt(self, running: Running) -> None:
        assert running.handle is not None
        self._inst.targets[LOCAL].adopt(running.handle)
        self.look(running.job.id)

    def _describe(self, job: StoredJob) -> dict[str, Any]:
        body = job.body
        options: dict[str, Any] = {}
        outputs: list[dict[str, str]] = []
        more: dict[str, Any] = {}
        if job.kind == "ingest" and "source" in body:
            options = {**body["options"], "name": body["file_name"], "source": body["source"]}
            outputs = [{"name": "data", "type": "table"}]
        elif job.kind == "ingest":
            path = self._inst.artifacts.local_path(body["digest"])
            options = {**body["options"], "path": str(path), "name": body["file_name"]}
            outputs = [{"name": "data", "type": "table"}]
        elif job.kind == "preview":
            options = {"path": str(self._inst.artifacts.local_path(body["digest"])), "type": body["type"]}
            outputs = [{"name": "preview", "type": "metrics"}]
        elif job.kind == KIND:
            more = self._builds.describe(job)
        else:
            options = {"names": list(body["datasets"])}
            outputs = [{"name": name, "type": "table"} for name in body["datasets"]]
        return {
            "format": "designer.job/1", "name": job.id, "kind": job.kind, "source": "", "module": "", "inputs": {},
            "parameters": {}, "outputs": outputs, "timeout": TIMEOUTS[job.kind], "grace": 5.0, "options": options, **more,
        }  # fmt: skip

    def look(self, id_: str) -> None:
        """See what has become of a job, and take in what it made."""
        with self._lock:
            running = self._running.get(id_)
        if running is None or running.handle is None:
            return
        if running.job.kind == KIND:
            self._builds.follow(running.job, running.folder)
        found = self._inst.targets[LOCAL].look(running.handle)
        if isinstance(found, Exited):
            result = read_json(str(running.folder / supervisor.RESULT))
            if isinstance(result, dict) and result.get("status") == "completed":
                self._end(running, result, None)
            else:
                self._end(running, None, step_error(result.get("error") if isinstance(result, dict) else None))
        elif isinstance(found, Gone):
            self._end(running, None, StepError("lost", f"The job was lost: {found.why}.", "Ask for it again."))

    def _end(self, running: Running, result: Mapping[str, Any] | None, error: StepError | None) -> None:
        with self._lock:
            if running.ending or self._running.get(running.job.id) is not running:
                return
            running.ending = True
        take = {"ingest": self._end_ingest, "preview": self._end_preview, "samples": self._end_samples,
                KIND: self._end_environment}[running.job.kind]  # fmt: skip
        try:
            try:
                told = take(running, result, error)
            except (Invalid, NotFound, OSError, KeyError, TypeError, ValueError) as problem:
                log.exception("what job %s made could not be taken in", running.job.id)
                error = StepError("store", f"What the job made could not be taken in: {problem}", "Ask for it again.")
                told = take(running, None, error)
            if running.handle is not None:
                crashpoint("job_clean.before")
                self._inst.targets[LOCAL].clean(running.handle)
                crashpoint("job_clean.after")
        finally:  # where it could not be kept, it is still running in the database, and is looked at again
            with self._lock:
                self._running.pop(running.job.id, None)
        crashpoint("job_told.before")
        self._inst.bus.publish(told)
        crashpoint("job_told.after")
        self._wake()

    def _end_ingest(self, running: Running, result: Mapping[str, Any] | None, error: StepError | None) -> list[Event]:
        body = running.job.body
        detected = dict(result.get("detected") or {}) if result is not None else {}
        return self._keep_tables(running, {"data": (body["dataset"], body["version"])}, result, error, detected)

    def _end_samples(self, running: Running, result: Mapping[str, Any] | None, error: StepError | None) -> list[Event]:
        versions = {name: (id_, 1) for name, id_ in running.job.body["datasets"].items()}
        return self._keep_tables(running, versions, result, error, {})

    def _keep_tables(
        self,
        running: Running,
        versions: Mapping[str, tuple[str, int]],
        result: Mapping[str, Any] | None,
        error: StepError | None,
        detected: Mapping[str, Any],
    ) -> list[Event]:
        """Take the tables a job made into the dataset versions that wait for them, by output; or say why there are none."""
        now = self._inst.clock.now()
        values: dict[str, dict[str, Any]] = {}
        stats: dict[str, str] = {}
        for output in versions:
            if result is None:
                values[output] = {"status": DatasetStatus.FAILED.value, "error": _plain(error)}
                continue
            made = take_in(self._inst, running.folder, result["outputs"][output])
            stats[made.digest] = self._inst.artifacts.stat(made.digest)
            values[output] = {
                "status": DatasetStatus.READY.value, "digest": made.digest, "type": made.type, "rows": made.rows,
                "columns": [dict(column) for column in made.columns], "size": made.size,
                "detected": {key: value for key, value in detected.items() if key != "source"},
                **({"source": detected["source"]} if "source" in detected else {}),
                "error": None,
            }  # fmt: skip
        changed = []
        with self._inst.store.write("keep_tables") as t:
            self._check(t)
            for output, (id_, version) in versions.items():
                if result is not None:
                    artifacts.add(t, values[output]["digest"], values[output]["size"], now)
                datasets.change_version(t, id_, version, values[output], now)
                dataset = datasets.get(t, id_)
                if dataset is not None:
                    changed.append(DatasetChanged(id=id_, item=dataset.model_copy(update={"versions": []})))
            artifacts.set_stats(t, stats)
            self._done(t, running, error, now)
        return list[Event](changed)

    def _end_preview(self, running: Running, result: Mapping[str, Any] | None, error: StepError | None) -> list[Event]:
        digest, now = running.job.body["digest"], self._inst.clock.now()
        content = None
        if result is not None:
            file = running.folder / "out" / Path(str(result["outputs"]["preview"]["path"])).name
            if file.stat().st_size > MOST_PREVIEW_BYTES:
                raise ValueError("the preview is too large to be shown")
            content = json.loads(file.read_bytes())
            if not isinstance(content, dict):
                content = {"format": "designer.value/1", "value": content}
        with self._inst.store.write("keep_preview") as t:
            self._check(t)
            previews.end(t, digest, PREVIEW, content, _plain(error), now)
            self._done(t, running, error, now)
        return [PreviewReady(digest=digest)]

    def _end_environment(
        self, running: Running, result: Mapping[str, Any] | None, error: StepError | None
    ) -> list[Event]:
        now = self._inst.clock.now()
        with self._inst.store.write("keep_environment") as t:
            self._check(t)
            self._builds.keep(t, running.job, result, error, now)
            self._done(t, running, error, now)
        (running.folder / supervisor.JOB).unlink(missing_ok=True)  # it may hold the password of an index
        return self._builds.told(running.job.subject)

    def _done(self, t: Any, running: Running, error: StepError | None, now: float) -> None:
        status = JobStatus.FAILED if error is not None else JobStatus.DONE
        jobs.change(t, running.job.id, status=status.value, ended=now, error=_plain(error))


def _plain(error: StepError | None) -> dict[str, Any] | None:
    return dict(vars(error)) if error is not None else None
