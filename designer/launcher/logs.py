"""The step's logs: it writes straight into `stdout.log` and `stderr.log`; the supervisor keeps them from filling the disk.

A log above the cap keeps its first and its last half: the middle is given back to the file system as a hole, so byte
offsets stay true for ever and the file's size only grows. A line at the start of the hole says so. Where the file
system has no holes, the file is cut behind that line instead.
"""

import ctypes
import os
import sys

NAMES = ("stdout.log", "stderr.log")

CAP = 100 * 1024 * 1024
BLOCK = 4096
SLACK = 64 * BLOCK

_KEEP_SIZE = 1
_PUNCH_HOLE = 2


def limit(path: str, cap: int = 0) -> bool:
    """Bring the log under `cap` (else `CAP`) bytes of disk if it is over; whether it was cut."""
    cap = cap or CAP
    try:
        found = os.stat(path)
    except OSError:
        return False
    size = found.st_size
    if size <= cap or found.st_blocks * 512 <= cap + SLACK:
        return False
    head = cap // 2 // BLOCK * BLOCK
    tail = max(head + BLOCK, (size - cap // 2) // BLOCK * BLOCK)
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        megabytes = f"{size / 1024 / 1024:,.0f} MB"
        text = f"\n[Log cut: of more than {megabytes} the first and the last {cap // 2 / 1024 / 1024:,.0f} MB are kept.]\n".encode()
        if not _punch(handle, head + BLOCK, tail - head - BLOCK):
            os.ftruncate(handle, head + BLOCK)
        os.pwrite(handle, text.ljust(BLOCK - 1) + b"\n", head)
    finally:
        os.close(handle)
    return True


def _punch(handle: int, start: int, length: int) -> bool:
    if length <= 0:
        return True
    if not sys.platform.startswith("linux"):
        return False
    call = ctypes.CDLL(None, use_errno=True).fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return bool(call(handle, _KEEP_SIZE | _PUNCH_HOLE, start, length) == 0)


def read(path: str, offset: int, most: int) -> tuple[int, bytes]:
    """Where the next bytes at or behind `offset` begin, and at most `most` of them; a hole is passed over."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return offset, b""
    try:
        size = os.fstat(handle).st_size
        if offset >= size or most <= 0:
            return offset, b""
        start, end = offset, size
        if size > BLOCK:
            try:
                start = os.lseek(handle, offset, os.SEEK_DATA)
                end = os.lseek(handle, start, os.SEEK_HOLE)
            except (OSError, AttributeError):
                start, end = offset, size
        return start, os.pread(handle, min(most, end - start), start)
    finally:
        os.close(handle)


def last_line(path: str) -> str:
    """The last line of a small log, cut; empty where there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 2000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:500] if lines else ""
