"""What was measured, as tables: the same text for a terminal and for Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

OURS = "Designer"
FLOORS = ("proto", "bare interpreter")
Results = Mapping[tuple[str, str], Mapping[str, Any]]
"""By workload and tool: the numbers, or `{"why": text}` where there are none."""

WORKLOADS = {
    "A": "chain", "B": "fan", "W": "work", "G": "graphs", "D": "frames", "F": "lines", "S": "start",
}  # fmt: skip
"""The letter of each workload."""


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[place]) for row in (titles, *rows)) for place in range(len(titles))]
    lines = [titles, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in lines
    )


def value(results: Results, workload: str, tool: str, key: str) -> float | None:
    """A number, or None."""
    found = results.get((workload, tool), {}).get(key)
    return None if found is None else float(found)


def per_step(results: Results, workload: str, tool: str) -> float | None:
    """Milliseconds a step."""
    seconds, steps = value(results, workload, tool, "seconds"), value(results, workload, tool, "steps")
    return None if seconds is None or not steps else seconds / steps * 1000


def processor_per_step(results: Results, workload: str, tool: str) -> float | None:
    """Milliseconds of processor time a step, of all processes together."""
    seconds, steps = value(results, workload, tool, "used"), value(results, workload, tool, "steps")
    return None if seconds is None or not steps else seconds / steps * 1000


def whole_lines(results: Results, tool: str) -> float | None:
    """Seconds until 200,000 lines are kept; scaled where fewer were printed."""
    seconds, lines = value(results, "lines", tool, "seconds"), value(results, "lines", tool, "lines")
    return None if seconds is None or not lines else seconds * 200_000 / lines


def number(found: float | None, scale: float = 1.0) -> str:
    """Three digits of a number."""
    if found is None:
        return ""
    found *= scale
    return f"{found:,.0f}" if found >= 100 else f"{found:.1f}" if found >= 10 else f"{found:.2f}"


def ratio(ours: float | None, other: float | None, tool: str, words: tuple[str, str]) -> str:
    """By how much we are ahead of a peer (in words for ahead and behind), or how near to a floor."""
    if ours is None or other is None or tool == OURS or ours <= 0 or other <= 0:
        return ""
    if tool in FLOORS:
        return f"{ours / other:.1f} x it"
    times, word = (other / ours, words[0]) if other >= ours else (ours / other, words[1])
    return f"{times:,.0f} x {word}" if times >= 10 else f"{times:.1f} x {word}"


def compared(
    results: Results, tools: Sequence[str], columns: Sequence[tuple[str, Any]]
) -> tuple[list[str], list[list[str]]]:
    """Titles and rows: per column its number for each tool, and how ours stands to it."""
    titles = ["tool"]
    for title, _ in columns:
        titles += [title, "ours is"]
    rows = []
    for tool in tools:
        row = [tool]
        for title, read in columns:
            words = ("less", "more") if " MB" in title else ("faster", "slower")
            row += [number(read(tool)), ratio(read(OURS), read(tool), tool, words)]
        if any(row[1:]):
            rows.append(row)
    return titles, rows


def steps_table(results: Results, tools: Sequence[str], about: Mapping[str, tuple[str, str]]) -> str:
    """Steps that do nothing: the chain and the fan, and both again."""

    def again(workload: str, tool: str) -> float | None:
        seconds = value(results, workload, tool, "again")
        return None if seconds is None else seconds * 1000

    titles, rows = compared(results, tools, [
        ("A: 50-step chain, ms a step", lambda tool: per_step(results, "chain", tool)),
        ("B: 1-100-1 fan, ms a step", lambda tool: per_step(results, "fan", tool)),
        ("B, ms of processor a step", lambda tool: processor_per_step(results, "fan", tool)),
        ("A again, ms in all", lambda tool: again("chain", tool)),
        ("B again, ms in all", lambda tool: again("fan", tool)),
    ])  # fmt: skip
    titles[1:1] = ["isolation", "history"]
    for row in rows:
        row[1:1] = about.get(row[0], ("", ""))
    return table(titles, rows)


def data_table(results: Results, tools: Sequence[str]) -> str:
    """Tables and logs."""
    titles, rows = compared(results, tools, [
        ("D: 5 steps over 1,000,000 x 10 floats, s", lambda tool: value(results, "frames", tool, "seconds")),
        ("peak PSS, MB", lambda tool: megabytes(results, "frames", tool, "peak")),
        ("on the disk, MB", lambda tool: megabytes(results, "frames", tool, "disk")),
        ("F: 200,000 lines, s", lambda tool: whole_lines(results, tool)),
    ])  # fmt: skip
    for place in (6, 4):  # of memory and disk the numbers say enough
        del titles[place]
        for row in rows:
            del row[place]
    titles.append("lines are kept in")
    for row in rows:
        found = results.get(("lines", row[0]), {})
        scaled = f" (of {found['lines']:,} lines)" if found.get("lines") not in (None, 200_000) else ""
        row.append((str(found["kept"]) or "nothing") + scaled if "kept" in found else "")
    return table(titles, rows)


def megabytes(results: Results, workload: str, tool: str, key: str) -> float | None:
    """A number of bytes as MB."""
    found = value(results, workload, tool, key)
    return None if found is None else found / 1e6


def start_table(results: Results, tools: Sequence[str]) -> str:
    """Cold starts and servers."""
    return table(*compared(results, tools, [
        ("command to the first line of a step, s", lambda tool: value(results, "start", tool, "first")),
        ("server answers after, s", lambda tool: value(results, "start", tool, "answers")),
        ("idle server, MB PSS", lambda tool: megabytes(results, "start", tool, "idle")),
    ]))  # fmt: skip


def graphs_table(results: Results) -> str:
    """Large graphs; ours alone."""
    rows = []
    for name in ("graph of 1,000 steps", "graph of 5,000 steps"):
        found = results.get((name, OURS))
        if found is None:
            continue
        if "why" in found:
            rows.append([name, *[""] * 9, str(found["why"])])
            continue
        steps = found["steps"]
        rows.append([
            name, number(found.get("plan"), 1000), number(found.get("plan_again"), 1000), number(found["submitted"], 1000),
            number(found["longest"], 1000), number(found["p99"], 1000), number(found["seconds"]),
            number(found["seconds"] / steps, 1000),
            f"{number(found['rows'] / steps)} / {number(found['statements'] / steps)} / {number(found['commits'] / steps)}",
            number(found.get("again"), 1000), number(found.get("again_longest"), 1000),
        ])  # fmt: skip
    return table(
        ["ours", "plan ms", "plan of all reused ms", "submission ms", "longest turn ms", "p99 turn ms", "total s", "ms a step",
         "rows / statements / commits a step", "all reused again, ms in all", "longest turn then ms"], rows,
    )  # fmt: skip


def missing_table(results: Results) -> str:
    """Which numbers there are none of, and why."""
    rows = [
        [tool, workload, str(found["why"]).replace("|", "/")]
        for (workload, tool), found in results.items()
        if "why" in found
    ]
    return table(["tool", "workload", "why there is no number"], rows) if rows else ""
