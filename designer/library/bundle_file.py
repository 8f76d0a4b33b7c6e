"""The file in which modules and pipelines are shared: a zip file with a manifest that names every byte by its digest.

    manifest.json   {"format": "designer.bundle/1", "pipelines": [{"path"}], "modules": [{"reference", "kind", "path", "folder"}],
                     "locks": [{"path", "modules"}], "files": {path: {"sha256", "size"}}}
    pipelines/*.json, modules/*.py or *.yaml, folders/<digest>/..., locks/*.txt

The same content makes the same bytes. Who reads one trusts nothing of it: what is not named, or is not what its digest says, is refused.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from designer.errors import Invalid
from designer.launcher import digests
from designer.launcher.failures import Failure
from designer.library.zipped import refused, unpack

FORMAT = "designer.bundle/1"
SUFFIX = ".designer.zip"
MANIFEST = "manifest.json"
MOST_MANIFEST = 5_000_000
MOST_TEXT = 2_000_000
MOST_ENTRIES = 1_000

REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}@[1-9][0-9]{0,5}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class SharedModule:
    """A module as the file has it."""

    reference: str
    source: str
    folder: str = ""  # digest of its folder
    path: Path | None = None  # where that is, unpacked


@dataclass
class Bundle:
    """What is in one file."""

    pipelines: list[Mapping[str, Any]] = field(default_factory=list)
    modules: list[SharedModule] = field(default_factory=list)
    locks: dict[str, list[str]] = field(default_factory=dict)  # text of a lock -> references of modules


def write(goal: Path, bundle: Bundle, document: Any) -> None:
    """Write the file. `document` gives the text of a pipeline."""
    files: dict[str, bytes | Path] = {}
    manifest: dict[str, Any] = {"format": FORMAT, "pipelines": [], "modules": [], "locks": []}
    for number, pipeline in enumerate(bundle.pipelines, 1):
        path = f"pipelines/{number}.json"
        files[path] = document(pipeline).encode()
        manifest["pipelines"].append({"path": path})
    for module in sorted(bundle.modules, key=lambda one: one.reference):
        kind = "command" if module.source.startswith("$schema:") else "function"
        path = f"modules/{module.reference}.{'yaml' if kind == 'command' else 'py'}"
        files[path] = module.source.encode("utf-8", "surrogatepass")
        manifest["modules"].append({"reference": module.reference, "kind": kind, "path": path, "folder": module.folder})
        if module.folder and module.path is not None:
            for relative in digests.files(str(module.path)):
                files[f"folders/{module.folder[7:]}/{relative}"] = module.path / relative
    for text, references in sorted(bundle.locks.items()):
        path = f"locks/{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt"
        files[path] = text.encode()
        manifest["locks"].append({"path": path, "modules": sorted(references)})
    manifest["files"] = {
        path: dict(zip(("sha256", "size"), _about(files[path]), strict=True)) for path in sorted(files)
    }
    with zipfile.ZipFile(goal, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, MANIFEST, (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode())
        for path in sorted(files):
            _put(archive, path, files[path])


def _about(content: bytes | Path) -> tuple[str, int]:
    if isinstance(content, Path):
        return digests.of_file(str(content))[7:], content.stat().st_size
    return hashlib.sha256(content).hexdigest(), len(content)


def _put(archive: zipfile.ZipFile, path: str, content: bytes | Path) -> None:
    info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    data = content.read_bytes() if isinstance(content, Path) else content
    archive.writestr(info, data)


def read(archive: Path, goal: Path) -> Bundle:
    """Unpack a file into a new folder and read it, without running anything of it. Raises `Invalid` or `Limit`."""
    names = set(unpack(archive, goal))
    manifest = _manifest(goal, names)
    for path, (digest, size) in _files(manifest).items():
        if path not in names:
            raise refused("bundle_missing", f"The file {path} is named and is not there.")
        if (goal / path).stat().st_size != size or digests.of_file(str(goal / path))[7:] != digest:
            raise refused("bundle_digest", f"The file {path} is not what its digest says.", "Get the file anew.")
        names.discard(path)
    if names - {MANIFEST}:
        raise refused("bundle_extra", f"The file {min(names - {MANIFEST})} is not named in the manifest.")
    bundle = Bundle()
    for entry in _entries(manifest, "pipelines"):
        bundle.pipelines.append(_json(goal / _path(entry, manifest, "pipelines")))
    for entry in _entries(manifest, "modules"):
        bundle.modules.append(_module(entry, manifest, goal))
    if len({one.reference for one in bundle.modules}) != len(bundle.modules):
        raise refused("bundle_twice", "A module is in the file twice.")
    for entry in _entries(manifest, "locks"):
        listed = entry.get("modules")
        bundle.locks[_text(goal / _path(entry, manifest, "locks"))] = (
            [str(one) for one in listed] if isinstance(listed, list) else []
        )
    return bundle


def _manifest(goal: Path, names: set[str]) -> Mapping[str, Any]:
    if MANIFEST not in names:
        raise refused("bundle_manifest", "This is no file that Designer exported: it has no manifest.json.")
    if (goal / MANIFEST).stat().st_size > MOST_MANIFEST:
        raise refused("bundle_manifest", "Its manifest is too large.")
    manifest = _json(goal / MANIFEST)
    if manifest.get("format") != FORMAT:
        raise refused("bundle_format", f'Its format is not "{FORMAT}".', "Import it with a newer version of Designer.")
    return manifest


def _files(manifest: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    files = manifest.get("files")
    if not isinstance(files, Mapping):
        raise refused("bundle_manifest", "Its manifest names no files.")
    found = {}
    for path, about in files.items():
        digest, size = (about.get("sha256"), about.get("size")) if isinstance(about, Mapping) else (None, None)
        if not isinstance(digest, str) or not isinstance(size, int):
            raise refused("bundle_manifest", f"Its manifest does not say what {str(path)[:80]} is.")
        found[str(path)] = (digest, size)
    return found


def _entries(manifest: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    listed = manifest.get(key, [])
    if (
        not isinstance(listed, list)
        or len(listed) > MOST_ENTRIES
        or not all(isinstance(one, Mapping) for one in listed)
    ):
        raise refused("bundle_manifest", f"Its manifest has no list of {key}.")
    yield from listed


def _path(entry: Mapping[str, Any], manifest: Mapping[str, Any], below: str) -> str:
    path = entry.get("path")
    if not isinstance(path, str) or not path.startswith(f"{below}/") or path not in manifest["files"]:
        raise refused("bundle_manifest", f"Its manifest names a file below {below} that is not there.")
    return path


def _module(entry: Mapping[str, Any], manifest: Mapping[str, Any], goal: Path) -> SharedModule:
    reference, folder = entry.get("reference"), entry.get("folder", "")
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        raise refused("bundle_manifest", "Its manifest has a module without a proper name.")
    source = _text(goal / _path(entry, manifest, "modules"))
    if not folder:
        return SharedModule(reference, source)
    if not isinstance(folder, str) or not DIGEST.fullmatch(folder):
        raise refused("bundle_manifest", f"The folder of {reference} is not named by a digest.")
    path = goal / "folders" / folder[7:]
    try:
        found = digests.of_folder(str(path))[0] if path.is_dir() else ""
    except Failure as problem:
        raise refused("bundle_folder", problem.message) from problem
    if found != folder:
        raise refused("bundle_digest", f"The folder of {reference} is not what its digest says.", "Get the file anew.")
    return SharedModule(reference, source, folder, path)


def _text(path: Path) -> str:
    data = path.read_bytes() if path.stat().st_size <= MOST_TEXT else b"\xff"
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise refused("bundle_text", f"{path.name} is not a text of at most {MOST_TEXT:,} bytes.") from problem


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, Invalid):
            raise
        raise refused("bundle_json", f"{path.name} is not JSON.") from problem
    if not isinstance(found, Mapping):
        raise refused("bundle_json", f"{path.name} is not an object.")
    return found
