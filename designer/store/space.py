"""Free space in the home folder: when new runs are refused, when steps wait, and a reserve to record states with."""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from designer.errors import Unavailable

RESERVE_BYTES = 64_000_000
SHARE = 0.02
"""On a small disk this share of it is enough where the setting asks for more."""

HOLD_SECONDS = 5.0
"""How long a disk counts as full after a write found it so."""


class Space:
    """The free space of one home folder. With `wanted` 0 it looks at nothing."""

    def __init__(self, home: Path, wanted: int, monotonic: Callable[[], float]) -> None:
        self._home = home
        self._wanted = wanted
        self._monotonic = monotonic
        self._reserve = home / "reserve"
        self._lock = threading.Lock()
        self._found_full = float("-inf")
        self.full = False
        """Whether steps wait because nothing more can be written."""

    def usage(self) -> tuple[int, int]:
        """Free bytes, and all bytes of the disk."""
        found = shutil.disk_usage(self._home)
        return found.free, found.total

    @property
    def needed(self) -> int:
        """Bytes that must be free for a new run."""
        return min(self._wanted, max(int(SHARE * self.usage()[1]), 1))

    def look(self) -> None:
        """See how it stands: keep a reserve while there is space, call the disk full where there is nearly none."""
        if not self._wanted:
            return
        with self._lock:
            free, needed = self.usage()[0], self.needed
            if free < needed // 10:
                self._free_reserve()
                self.full = True
            elif free >= needed and self._monotonic() > self._found_full + HOLD_SECONDS:
                self.full = False
                self._keep_reserve(min(RESERVE_BYTES, needed // 4))

    def found_full(self) -> None:
        """A write found the disk full: free the reserve, so that what is going on can be recorded."""
        with self._lock:
            self._found_full = self._monotonic()
            self._free_reserve()
            self.full = bool(self._wanted)

    def refuse_new(self) -> None:
        """Raise `Unavailable` where there is too little space for a new run."""
        free, needed = self.usage()[0], self.needed
        if self.full or free < needed:
            raise Unavailable(
                f"The disk is {'full' if self.full else 'nearly full'}: {free / 1e6:,.0f} MB are free in {self._home}, "
                f"a new run needs {needed / 1e6:,.0f} MB.",
                cure="Free some space, for instance with `designer clean`; then run it again.",
                details={"retry_after": 30},
            )

    def _keep_reserve(self, size: int) -> None:
        with suppress(OSError):
            if self._reserve.exists() and self._reserve.stat().st_size >= size:
                return
            handle = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(handle, 0, size)
                else:
                    os.write(handle, bytes(size))
            finally:
                os.close(handle)

    def _free_reserve(self) -> None:
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)
