"""Files of modules and shared files over HTTP: looked at, never run, whoever sends them."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.api.conftest import Door

HOSTILE = (
    ("a.py", "def f(x=__import__('os').system('touch {marker}')): pass\n"),
    ("a.py", "@__import__('os').system('touch {marker}')\ndef run() -> None: ...\n"),
    (
        "a.py",
        "import argparse\n__import__('os').system('touch {marker}')\nargparse.ArgumentParser().add_argument('--x')\n",
    ),
    ("a.yaml", "command: touch {marker}\ninputs: {x: !!python/object/apply:os.system ['touch {marker}']}\n"),
    ("a.sh", "touch {marker}\n"),
)


@pytest.mark.parametrize(("name", "text"), HOSTILE)
def test_looking_at_code_does_not_run_it(door: Door, tmp_path: Path, name: str, text: str) -> None:
    marker = tmp_path / "pwned"
    source = text.replace("{marker}", str(marker))
    client = door.script()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, source)
    for path, body, more in (
        (f"/api/modules/files?file_name={name}", source.encode(), {"content_type": "application/octet-stream"}),
        ("/api/modules/files?file_name=a.zip", packed.getvalue(), {"content_type": "application/octet-stream"}),
        ("/api/imports?file_name=a.designer.zip", packed.getvalue(), {"content_type": "application/octet-stream"}),
        ("/api/modules/read", json.dumps({"source": source}).encode(), {"content_type": "application/json"}),
        ("/api/modules/compose", json.dumps({"name": "a", "declaration": {"command": source}}).encode(), {"content_type": "application/json"}),
    ):  # fmt: skip
        assert client.post(path, data=body, **more).status_code in (200, 422), path
    assert not marker.exists()
    assert not list(door.inst.uploads.glob("unpacked_*"))


def test_nobody_may_look_who_is_not_signed_in(door: Door) -> None:
    for path in ("/api/modules/files", "/api/modules/compose", "/api/imports"):
        assert door.nobody().post(path, data=b"x", content_type="application/octet-stream").status_code in (401, 403)


def test_an_odd_archive_is_a_problem_with_findings(door: Door) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.py", "x = 1")
    for path in ("/api/modules/files?file_name=a.zip", "/api/imports?file_name=a.zip"):
        answer = door.script().post(path, data=packed.getvalue(), content_type="application/octet-stream")
        assert (answer.status_code, answer.json["findings"][0]["code"]) == (422, "archive_path")
