"""Jobs of kind `environment`: find exact versions with uv, install them into a folder, and let that appear by one rename.

Until the rename there is nothing that anyone would use; whoever is killed before it leaves a staging folder, which the
next build of the same lock removes. `progress.json` says how far it is, `lock.json` what was locked.

`options` of the job: `uv` (its binary), `requirements`, `python` (a specifier), `server` (the server's own interpreter),
`place` (the folder of all environments), `lock` ({"digest", "python", "text"}, or null where versions are to be found), `again` (build though it is there),
`shared` (let everyone read it).
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

from designer.launcher import terminal
from designer.launcher.failures import Failure
from designer.launcher.result import write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PROGRESS = "progress.json"
LOCK = "lock.json"
KIND = "environment"
"""The kind of every failure here."""

OLDEST = (3, 10)
"""The oldest Python that the launcher itself runs on."""

TOLD_SECONDS = 0.2
LAST_LINES = 15
IMPORTED = ("numpy", "pandas", "polars", "pyarrow", "cloudpickle")
"""What the launcher may import: tried before an environment counts as built."""

UNSAID = (
    ("pandas", "<2.2.2", "numpy", "<2"),
    ("numpy", "<2", "pyarrow", "<26"),
)
"""What packages do not say of themselves: where the first is of these versions, the second has to be of those."""

CURES = (
    (r"network was disabled|in the cache", "Put the missing packages into the folder that DESIGNER_PACKAGE_FOLDER names, or allow the network."),
    (r"not found in the (package registry|cache|provided package locations)", "Look at the spelling of the package's name and at its versions."),
    (r"requires-python|Python version|Requires Python|depends on Python", "Ask for another Python (`requires-python`), or for other versions."),
    (r"No solution found|unsatisfiable", "Loosen the versions that contradict each other."),
    (r"dns error|error sending request|timed out|Connection|connect|certificate|[Pp]roxy", "Look at the network, or name a mirror in DESIGNER_PACKAGE_INDEX; then build it again."),
    (r"401|403|[Uu]nauthorized|[Ff]orbidden", "Look at the user name and password of the package index."),
    (r"No space left|[Dd]isk quota", "Free some space, then build it again."),
    (r"[Ff]ailed to build|[Bb]uild backend", "Pin a version that has a wheel for this Python, or install what its build needs."),
    (r"hash", "The index gives other files than the lock names: renew the lock."),
)  # fmt: skip
"""What to do, by what uv wrote; the first that fits."""


def run(job: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Do the job; return the outcome, whose `detected` tells the lock, the Python and the size."""
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"):
        os.environ.pop(name, None)
    if job["options"].get("shared"):  # others than the user who builds are to use it
        os.umask(0o022)
    build = Build(job["options"], folder, str(job.get("name", "")))
    return {"outputs": {}, "detected": build.run()}


class Build:
    """One build."""

    def __init__(self, options: "dict[str, Any]", folder: str, name: str) -> None:
        self.options = options
        self.folder = folder
        self.name = name
        self.told = ("", "", 0.0)

    def run(self) -> "dict[str, Any]":
        """Lock where that is wanted, build where it is not there."""
        lock = self.options["lock"]
        if lock is None:
            self.tell("locking", "Looking for exact versions", 0.0)
            python, version = find_python(str(self.options["python"]), str(self.options["server"]))
            lock = self.lock(python, version)
        else:
            python, _ = find_python(f"=={lock['python']}.*", str(self.options["server"]))
        packages = count(lock["text"])
        write_json(os.path.join(self.folder, LOCK), {**lock, "packages": packages})
        self.tell("building", f"0 of {packages} packages", 0.1)
        place = os.path.join(str(self.options["place"]), lock["digest"].partition(":")[2])
        with_others = os.open(f"{place}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(with_others, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.tell("building", "Waiting for another build of the same", 0.1)
                fcntl.flock(with_others, fcntl.LOCK_EX)
            if self.options["again"] or not os.path.isdir(place):
                self.build(lock, python, place, packages)
        finally:
            os.close(with_others)
        self.tell("building", "Done", 1.0)
        return {
            "lock": lock["digest"], "python": lock["python"], "text": lock["text"], "packages": packages, "size": size(place),
        }  # fmt: skip

    def lock(self, python: str, version: str) -> "dict[str, Any]":
        """Exact versions with hashes of all that is asked for."""
        asked = os.path.join(self.folder, "requirements.in")
        with open(asked, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self.options["requirements"])
        constraints: list[str] = []
        text = self.compile(asked, python, version, constraints)
        while more := [one for one in unsaid(text) if one not in constraints]:
            print(f"Looking again, with {', '.join(more)}: the others need that without saying so", flush=True)
            constraints += more
            text = self.compile(asked, python, version, constraints)
        text = f"# python {version}\n{text}"
        return {"digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "python": version, "text": text}

    def compile(self, asked: str, python: str, version: str, constraints: "list[str]") -> str:
        """What uv makes of the requirements."""
        out, file = (os.path.join(self.folder, name) for name in ("lock.txt", "constraints.txt"))
        command = ["pip", "compile", asked, "--universal", "--generate-hashes", "--no-annotate", "--no-header",
                   "--python", python, "--python-version", version, "--output-file", out]  # fmt: skip
        if constraints:
            with open(file, "w", encoding="utf-8") as handle:
                handle.writelines(f"{line}\n" for line in constraints)
            command += ["--constraint", file]
        if os.path.exists(out):
            os.unlink(out)  # uv would prefer the versions in it
        self.uv(command, "No exact versions could be found")
        with open(out, encoding="utf-8") as made:
            return "".join(line for line in made if not line.startswith(("#", "--")))

    def build(self, lock: "dict[str, Any]", python: str, place: str, packages: int) -> None:
        """Install into a staging folder; rename it when it is complete."""
        for left in os.listdir(os.path.dirname(place)):
            if left.startswith(f"{os.path.basename(place)}.staging"):
                shutil.rmtree(os.path.join(os.path.dirname(place), left), ignore_errors=True)
        staging = f"{place}.staging-{self.name}"
        locked = os.path.join(self.folder, "lock.txt")
        with open(locked, "w", encoding="utf-8") as file:
            file.write(lock["text"])
        try:
            self.uv(["venv", "--quiet", "--relocatable", "--no-project", "--no-python-downloads", "--python", python, staging],
                    "The environment's folder could not be made")  # fmt: skip
            own = os.path.join(staging, "bin", "python")
            hashes = (
                ["--require-hashes"] if "--hash=" in lock["text"] else []
            )  # what is installed beside a server has none
            self.uv(["pip", "sync", *hashes, "--python", own, locked], "The packages could not be installed",
                    lambda line: self.installing(line, packages))  # fmt: skip
            self.check(own, lock["text"])
            shutil.copyfile(locked, os.path.join(staging, "lock.txt"))
            os.sync()  # what the rename promises is on the disk
            if os.path.isdir(place):
                os.rename(place, f"{staging}-old")
            os.rename(staging, place)
            shutil.rmtree(f"{staging}-old", ignore_errors=True)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise

    def installing(self, line: str, packages: int) -> None:
        """Tell how far an installation is, from uv's own words."""
        found = re.search(r"Preparing packages.*\((\d+)/(\d+)\)", line)
        if found and int(found[2]):
            done, all_ = int(found[1]), int(found[2])
            self.tell(
                "building", f"{packages - all_ + done} of {packages} packages", 0.1 + 0.7 * done / all_, often=True
            )
        found = re.search(r"\[(\d+)/(\d+)\]", line)
        if found and int(found[2]):
            self.tell(
                "building",
                f"Installing {found[1]} of {found[2]}",
                0.8 + 0.1 * int(found[1]) / int(found[2]),
                often=True,
            )

    def check(self, python: str, text: str) -> None:
        """Import, in the new environment, what the launcher will import there."""
        self.tell("building", "Trying it", 0.9)
        names = [name for name in IMPORTED if versions(text, name)]
        if not names:
            return
        command = [python, "-I", "-c", f"import {', '.join(names)}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            print(done.stdout, flush=True)
            last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
            raise Failure(KIND, f"The environment was built, but {' or '.join(names)} cannot be imported in it: {last[:500]}",
                          "Ask for versions that fit each other.")  # fmt: skip

    def uv(self, arguments: "list[str]", wrong: str, progress: "Callable[[str], None]" = lambda text: None) -> None:
        """Run uv and print what it says; raise `Failure` with its last words where it fails."""
        print("$ uv " + " ".join(os.path.basename(one) if os.path.isabs(one) else one for one in arguments), flush=True)
        said: list[str] = []

        def line(text: str) -> None:
            text = PASSWORD.sub(r"\1***@", text)
            said.append(text)
            del said[:-LAST_LINES]
            print(text, flush=True)

        code = terminal.run([str(self.options["uv"]), "--color", "never", *arguments], line, progress)
        if code:
            text = "\n".join(said).strip().removeprefix("error: ")
            if code < 0:
                raise Failure(KIND, f"{wrong}: uv was ended by signal {-code}.", "Build it again.")
            cure = next(
                (cure for pattern, cure in CURES if re.search(pattern, text)), "The log of the build says more."
            )
            raise Failure(KIND, f"{wrong}: {text or f'uv ended with exit code {code}'}", cure)

    def tell(self, status: str, text: str, share: float, *, often: bool = False) -> None:
        """Say how far it is; what is said often is not always written."""
        now = time.monotonic()
        if (status, text) == self.told[:2] or (often and now < self.told[2] + TOLD_SECONDS):
            return
        self.told = (status, text, now)
        write_json(os.path.join(self.folder, PROGRESS), {"status": status, "text": text, "share": round(share, 3)})


PASSWORD = re.compile(r"(//)[^/@\s]+@")


def count(text: str) -> int:
    """How many packages a lock names."""
    return len(set(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==", text, re.M)))


def versions(text: str, name: str) -> "list[str]":
    """The versions of a package in a lock: more than one where platforms differ."""
    return re.findall(rf"^{re.escape(name)}(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.M)


def unsaid(text: str) -> "list[str]":
    """What must be asked for besides, after a look at what was found."""
    from packaging.specifiers import SpecifierSet

    found = []
    for name, of, other, needs in UNSAID:
        hit = any(SpecifierSet(of).contains(one, prereleases=True) for one in versions(text, name))
        if hit and not all(SpecifierSet(needs).contains(one, prereleases=True) for one in versions(text, other)):
            found.append(other + needs)
    return found


def size(place: str) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # bytecode that a step replaces meanwhile
    return total


def find_python(wanted: str, server: str) -> "tuple[str, str]":
    """An interpreter of this machine that fits, and its version as "3.11": the server's own, else the newest. Raises `Failure`."""
    fits = fitting_of(wanted)
    found: dict[tuple[int, int, int], str] = {}
    own = sys.version_info[:3]
    if fits(own):
        return server, f"{own[0]}.{own[1]}"
    for path in candidates():
        version = ask(path)
        if version is not None:
            found.setdefault(version, path)
    fitting = [version for version in found if version >= OLDEST and fits(version)]
    if fitting:
        best = max(fitting)
        return found[best], f"{best[0]}.{best[1]}"
    there = ", ".join(_dotted(version) for version in sorted({*found, own}) if version >= OLDEST)
    raise Failure(
        KIND, f"There is no Python {wanted} on this machine that Designer can use (it needs {_dotted(OLDEST)} or newer). There are: {there}.",
        "Install one (from your system's packages, from python.org, or with `uv python install`), or ask for another version.",
    )  # fmt: skip


def fitting_of(wanted: str) -> "Callable[[tuple[int, ...]], bool]":
    """Whether versions fit a specifier. One such as "==3.11.*", as locks have it, needs no package for that."""
    plain = re.fullmatch(r"==(\d+)\.(\d+)\.\*", wanted)
    if plain:
        return lambda version: version[:2] == (int(plain[1]), int(plain[2]))
    from packaging.specifiers import SpecifierSet

    specifier = SpecifierSet(wanted)
    return lambda version: bool(specifier.contains(_dotted(version), prereleases=True))


def candidates() -> "Iterator[str]":
    """Files that may be interpreters: on PATH, and where tools that manage Pythons put them."""
    home = os.path.expanduser("~")
    managed = os.environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(home, ".local", "share", "uv", "python")
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    for root in (os.path.join(home, ".pyenv", "versions"), managed, "/opt/python"):
        try:
            folders += [os.path.join(root, name, "bin") for name in sorted(os.listdir(root))]
        except OSError:
            continue
    seen: set[str] = set()
    for folder in folders:
        try:
            names = sorted(name for name in os.listdir(folder) if re.fullmatch(r"python3(\.\d+)?", name))
        except OSError:
            continue
        for name in names:
            path = os.path.realpath(os.path.join(folder, name))
            if path not in seen and os.access(path, os.X_OK) and not _is_script(path):
                seen.add(path)
                yield path


def _is_script(path: str) -> bool:
    """Whether it is one of the scripts that tools put on PATH: slow to ask, and what they start is found itself."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def ask(path: str) -> "tuple[int, int, int] | None":
    """The version of an interpreter; None where it is none, or not CPython."""
    command = [path, "-I", "-S", "-c", "import sys; print(sys.implementation.name, *sys.version_info[:3])"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.split()
        return (int(said[1]), int(said[2]), int(said[3])) if said[0] == "cpython" else None
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError):
        return None


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(str(part) for part in version)
