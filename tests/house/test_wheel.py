"""The wheel carries all that a user needs, so that a user needs no Node."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_front_end_templates_and_modules(tmp_path: Path) -> None:
    command = ["uv", "build", "--wheel", "--out-dir", str(tmp_path), str(ROOT)]
    uv = Path(sys.executable).parent / "uv"
    command[0] = str(uv) if uv.exists() else "uv"

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {f"designer/_bundle/modules/{path.relative_to(ROOT / 'modules')}" for path in ROOT.glob("modules/*/*.py")}
    assert modules
    assert modules <= names
    assert "designer/_bundle/templates/app.html" in names
    assert "designer/_bundle/static/.vite/manifest.json" in names
    assert any(name.startswith("designer/_bundle/static/assets/") for name in names)
    samples = {f"designer/samples/pipelines/{path.name}" for path in ROOT.glob("designer/samples/pipelines/*.json")}
    assert samples
    assert samples <= names
    assert not [name for name in names if "node_modules" in name]
