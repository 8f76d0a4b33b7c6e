"""`designer` with the turns of its conductor timed and its writes counted: `python -m benchmarks.watched_server FILE up ...`.

Whoever wants to know removes FILE: soon it is there again, as JSON, and the counting begins anew.
"""

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from designer.cli import main
from designer.conductor import Conductor

PAUSE = 0.02


class Watch:
    """What the conductor's thread did since the last report."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock = threading.Lock()
        self.turns: list[float] = []
        self.counts: Counter[str] = Counter()

    def turn(self, plain: Any) -> Any:
        """A turn that is timed."""

        def timed(conductor: Conductor, items: Any) -> None:
            begin = time.perf_counter()
            try:
                plain(conductor, items)
            finally:
                with self.lock:
                    self.turns.append(time.perf_counter() - begin)

        return timed

    def statement(self, _c: Any, _cursor: Any, text: str, given: Any, _context: Any, many: bool) -> None:
        """Count what is written, by the conductor alone."""
        if threading.current_thread().name == "conductor" and text.startswith(("INSERT", "UPDATE", "DELETE")):
            with self.lock:
                self.counts["rows"] += len(given) if many else 1
                self.counts["statements"] += 1

    def commit(self, _c: Any) -> None:
        """Count commits that wrote, by the conductor alone."""
        if threading.current_thread().name == "conductor":
            with self.lock:
                self.counts["commits"] += 1

    def report(self) -> None:
        """Write the report whenever it is not there."""
        while True:
            if not self.file.exists():
                with self.lock:
                    turns, self.turns = sorted(self.turns), []
                    counts, self.counts = self.counts, Counter()
                longest = turns[-1] if turns else 0.0
                p99 = turns[int(len(turns) * 0.99)] if turns else 0.0
                text = json.dumps({**counts, "turns": len(turns), "longest": longest, "p99": p99})
                fresh = self.file.with_suffix(".new")
                fresh.write_text(text)
                fresh.rename(self.file)
            time.sleep(PAUSE)


def ask(file: Path) -> dict[str, float]:
    """What happened since the last time someone asked."""
    file.unlink(missing_ok=True)
    end = time.monotonic() + 30
    while not file.exists():
        if time.monotonic() > end:
            raise TimeoutError("the watched server does not report")
        time.sleep(PAUSE / 2)
    return {"rows": 0, "statements": 0, "commits": 0, **json.loads(file.read_text())}


if __name__ == "__main__":
    watch = Watch(Path(sys.argv.pop(1)))
    Conductor._turn = watch.turn(Conductor._turn)  # type: ignore[method-assign]
    sa.event.listen(sa.Engine, "before_cursor_execute", watch.statement)
    sa.event.listen(sa.Engine, "commit", watch.commit)
    threading.Thread(target=watch.report, daemon=True).start()
    sys.exit(main())
