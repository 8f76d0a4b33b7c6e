"""How busy a Linux machine is, out of the texts of its /proc: this one's, or one that is reached otherwise."""

from pathlib import Path

from designer.targets.base import Load

STAT, MEMINFO = "/proc/stat", "/proc/meminfo"


class Gauge:
    """Measures between one look and the next."""

    def __init__(self) -> None:
        self._before: tuple[int, int] | None = None  # processor time that worked, and all there was

    def here(self) -> Load | None:
        """This machine; None where it has no /proc."""
        try:
            return self.take(Path(STAT).read_text(), Path(MEMINFO).read_text())
        except OSError:
            return None

    def take(self, stat: str, meminfo: str) -> Load:
        """A machine, by the texts of its `STAT` and `MEMINFO`; the first look knows no processor load yet."""
        cpu = None
        times = [int(one) for one in stat.partition("\n")[0].split()[1:9] if one.isdigit()]
        if len(times) >= 4:
            total = sum(times)
            worked = total - times[3] - (times[4] if len(times) > 4 else 0)  # neither idle nor waiting for a disk
            if self._before is not None and total > self._before[1]:
                cpu = min(1.0, max(0.0, (worked - self._before[0]) / (total - self._before[1])))
            self._before = (worked, total)
        fields = dict(line.split(":", 1) for line in meminfo.splitlines() if ":" in line)
        there, free = (_bytes(fields.get(name, "")) for name in ("MemTotal", "MemAvailable"))
        return Load(cpu, there - free if there is not None and free is not None else None, there)


def _bytes(text: str) -> int | None:
    number = text.split()[:1]
    return int(number[0]) * 1024 if number and number[0].isdigit() else None
