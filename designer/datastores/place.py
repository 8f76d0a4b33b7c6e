"""A datastore that holds files, open: every kind behind one set of verbs, on fsspec. No path leads out of its root.

A file that is being written is not there until it is whole; one that is cut off never is.
"""

import contextlib
import os
import posixpath
import stat
import uuid

from designer.datastores.problems import StoreProblem, meaning

TYPE_CHECKING = False  # as in the launcher: this runs in steps
if TYPE_CHECKING:
    from typing import IO, Any

MOST_ENTRIES = 100_000
"""Entries of a folder that are looked at."""

CONNECT_SECONDS = 8
READ_SECONDS = 30


def clean_path(path: str) -> str:
    """A path below the root, without leading or trailing slashes. Raises `StoreProblem` where it leads out."""
    parts = (
        [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")] if "\0" not in path else [".."]
    )
    if ".." in parts:
        raise StoreProblem("bad_path", f"The path {path[:100]!r} leads out of the store.", "Name something inside it.")
    return "/".join(parts)


class Entry:
    """A file or folder of a store."""

    def __init__(self, path: str, folder: bool, size: "int | None", changed: "float | None", mark: str) -> None:
        self.path = path
        self.name = path.rpartition("/")[2]
        self.folder = folder
        self.size = size
        self.changed = changed
        self.mark = mark  # by which a change is noticed: an etag, else size and time

    def as_json(self) -> "dict[str, Any]":
        """For the wire."""
        return {"path": self.path, "name": self.name, "folder": self.folder, "size": self.size, "changed": self.changed}


class Place:
    """An open store. `options` are those of its kind, secrets revealed."""

    def __init__(self, kind: str, options: "dict[str, Any]") -> None:
        if kind not in _OPENERS:
            raise StoreProblem("kind", f'A datastore of kind "{kind}" has no files.', "Use its tables.")
        self.kind = kind
        self.options = options
        self.writable = kind != "http"
        try:
            self.fs, self.root = _OPENERS[kind](options)
        except Exception as problem:
            raise meaning(problem) from problem

    def full(self, path: str) -> str:
        """The path as the file system knows it."""
        inside = clean_path(path)
        if self.kind == "local":
            return _inside(self.root, inside)
        if self.kind == "http":
            from urllib.parse import quote

            return f"{self.root}/{quote(inside)}"
        return f"{self.root.rstrip('/')}/{inside}" if inside else self.root

    def entries(self, path: str = "") -> "list[Entry]":
        """What lies in a folder: folders first, then by name. Raises `StoreProblem`."""
        full = self.full(path)
        try:
            self.fs.invalidate_cache()
            found = self.fs.ls(full, detail=True)
        except NotADirectoryError:
            found = [self.fs.info(full)]
        except Exception as problem:
            if not self._is_empty(full, problem):
                raise meaning(problem) from problem
            found = []
        inside = clean_path(path)
        entries = []
        for about in found[:MOST_ENTRIES]:
            name = str(about["name"]).rstrip("/").rpartition("/")[2]
            if self.kind == "http":
                from urllib.parse import unquote

                name = unquote(name.partition("?")[0])
            if not name or name.startswith(_PART) or str(about["name"]).rstrip("/") == full.rstrip("/"):
                continue
            entries.append(_entry(f"{inside}/{name}" if inside else name, about))
        entries.sort(key=lambda one: (not one.folder, one.name.lower(), one.name))
        return entries

    def _is_empty(self, full: str, problem: Exception) -> bool:
        """Whether a folder that cannot be found is the root, in a bucket that is there: folders are only names in those."""
        if self.kind not in ("s3", "azure") or full != self.root or meaning(problem).code != "not_found":
            return False
        try:
            self.fs.ls(self.root.partition("/")[0])
        except Exception as other:
            raise meaning(other) from other
        return True

    def info(self, path: str) -> Entry:
        """One file or folder. Raises `StoreProblem`."""
        try:
            self.fs.invalidate_cache()
            return _entry(clean_path(path), self.fs.info(self.full(path)))
        except StoreProblem:
            raise
        except Exception as problem:
            raise meaning(problem) from problem

    def exists(self, path: str) -> bool:
        """Whether it is there. Raises `StoreProblem` where that cannot be told."""
        try:
            self.info(path)
        except StoreProblem as problem:
            if problem.code == "not_found":
                return False
            raise
        return True

    def find(self, pattern: str) -> "list[Entry]":
        """The files that a path means: itself, all below a folder, or those of a pattern (`*`, `?`, `**`), by name."""
        pattern = clean_path(pattern)
        try:
            self.fs.invalidate_cache()
            if any(letter in pattern for letter in "*?["):
                found = self._glob(pattern)
            else:
                about = self.fs.info(self.full(pattern))
                if about["type"] != "directory":
                    return [_entry(pattern, about)]
                found = self.fs.find(self.full(pattern), detail=True, maxdepth=20)
        except StoreProblem:
            raise
        except Exception as problem:
            raise meaning(problem) from problem
        entries = []
        for name, about in sorted(found.items())[:MOST_ENTRIES]:
            inside = self._inner(name)
            if about["type"] != "directory" and not inside.rpartition("/")[2].startswith(_PART):
                entries.append(_entry(inside, about))
        return entries

    def _glob(self, pattern: str) -> "dict[str, Any]":
        if self.kind == "http":
            import fnmatch

            folder, _, last = pattern.rpartition("/")
            if any(letter in folder for letter in "*?["):
                raise StoreProblem("bad_path", "Over HTTP only the last part may hold * or ?.", "Name the folder.")
            fitting = (one for one in self.entries(folder) if not one.folder and fnmatch.fnmatch(one.name, last))
            return {self.full(one.path): {"type": "file", "size": one.size} for one in fitting}
        return dict(self.fs.glob(self.full(pattern), detail=True, maxdepth=20))

    def _inner(self, full: str) -> str:
        return (
            full[len(self.root.rstrip("/")) :].strip("/") if full.startswith(self.root.rstrip("/")) else full.strip("/")
        )

    def mark(self, pattern: str) -> str:
        """What changes whenever a file that a path means changes, comes or goes: a digest of their names, sizes, etags or times."""
        import hashlib

        text = "\n".join(f"{one.path}\t{one.size}\t{one.mark}" for one in self.find(pattern))
        return hashlib.sha256(text.encode()).hexdigest()

    def open(self, path: str) -> "IO[bytes]":
        """A file, to be read. Raises `StoreProblem`."""
        try:
            file: Any = self.fs.open(self.full(path), "rb")
            if self.kind == "sftp":
                file.prefetch(file.stat().st_size)
            made: IO[bytes] = file
            return made
        except StoreProblem:
            raise
        except Exception as problem:
            raise meaning(problem) from problem

    def write(self, path: str, *, overwrite: bool = True) -> "Writer":
        """A file, to be written; it is there when its writer is closed well. Raises `StoreProblem`."""
        if not self.writable:
            raise StoreProblem("read_only", "Nothing can be written over HTTP.", "Choose another datastore.")
        if not clean_path(path):
            raise StoreProblem("bad_path", "A file needs a name.", "Give it one.")
        if not overwrite and self.exists(path):
            raise StoreProblem(
                "exists", f"{clean_path(path)} is there already.", "Choose another name, or overwrite it."
            )
        return Writer(self, path)

    def remove(self, path: str) -> None:
        """Take a file away. Raises `StoreProblem`."""
        try:
            self.fs.rm_file(self.full(path))
        except Exception as problem:
            raise meaning(problem) from problem


_PART = ".designer-part-"


class Writer:
    """A file that comes into being when this is closed without an error."""

    def __init__(self, place: Place, path: str) -> None:
        self._place = place
        self._goal = place.full(path)
        folder, _, _ = self._goal.rpartition("/")
        self._moves = place.kind in ("local", "sftp")  # the others show a file only when it is whole
        self._staged = f"{folder}/{_PART}{uuid.uuid4().hex[:12]}" if self._moves else self._goal
        try:
            if self._moves:
                place.fs.makedirs(folder, exist_ok=True)
            self._file = place.fs.open(self._staged, "wb")
            if place.kind == "sftp":
                self._file.set_pipelined(True)  # else each piece waits for the answer to the one before
        except Exception as problem:
            raise meaning(problem) from problem

    def write(self, data: bytes) -> int:
        """Append."""
        try:
            self._file.write(data)
            return len(data)
        except Exception as problem:
            self.abandon()
            raise meaning(problem) from problem

    def close(self) -> None:
        """Let it be there, whole. Raises `StoreProblem`."""
        try:
            self._file.close()
            if self._place.kind == "local":
                os.replace(self._staged, self._goal)
            elif self._place.kind == "sftp":
                self._place.fs.ftp.posix_rename(self._staged, self._goal)
        except Exception as problem:
            self.abandon()
            raise meaning(problem) from problem

    def abandon(self) -> None:
        """Let nothing be left of it."""
        for undo in (self._discard, self._unlink):
            with contextlib.suppress(Exception):  # what cannot be taken away has no name that anyone reads
                undo()

    def _discard(self) -> None:
        if self._moves:
            self._file.close()
        else:
            self._file.buffer = None  # so that closing it sends nothing
            self._file.closed = True
            if hasattr(self._file, "discard"):
                self._file.discard()

    def _unlink(self) -> None:
        if self._moves:
            self._place.fs.rm_file(self._staged)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


def _entry(path: str, about: "dict[str, Any]") -> Entry:
    folder = about.get("type") == "directory"
    changed = None
    for key in ("LastModified", "last_modified", "mtime", "created"):
        value = about.get(key)
        if value is not None:
            changed = value.timestamp() if hasattr(value, "timestamp") else float(value)
            break
    size = None if folder else about.get("size")
    etag = about.get("ETag") or about.get("etag") or ""
    mark = str(etag).strip('"') or f"{size}-{changed}"
    return Entry(path, folder, int(size) if size is not None else None, changed, mark)


def _inside(root: str, path: str) -> str:
    """A path of this machine, whose links do not lead out of the root."""
    full = posixpath.join(root, path) if path else root
    real = os.path.realpath(full)
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        raise StoreProblem("bad_path", f"{path} leads out of the store, by a link.", "Name something inside it.")
    return full


def _local(options: "dict[str, Any]") -> "tuple[Any, str]":
    from fsspec.implementations.local import LocalFileSystem

    root = os.path.realpath(os.path.expanduser(str(options["folder"])))
    try:
        if not stat.S_ISDIR(os.stat(root).st_mode):
            raise StoreProblem("no_such_folder", f"{root} is not a folder.", "Name a folder.", "folder")
    except FileNotFoundError as problem:
        raise StoreProblem("no_such_folder", f"There is no folder {root}.", "Look at its name.", "folder") from problem
    return LocalFileSystem(auto_mkdir=False), root


def _s3(options: "dict[str, Any]") -> "tuple[Any, str]":
    from s3fs import S3FileSystem

    more: dict[str, Any] = {}
    client: dict[str, Any] = {}
    if options.get("endpoint"):
        client["endpoint_url"] = options["endpoint"]
    if options.get("region"):
        client["region_name"] = options["region"]
    if options.get("access_key"):
        more |= {"key": options["access_key"], "secret": options.get("secret_key") or ""}
        if options.get("session_token"):
            more["token"] = options["session_token"]
    style = {"addressing_style": "path"} if options.get("endpoint") else {}
    config = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "s3": style,
              "retries": {"max_attempts": 2, "mode": "standard"}}  # fmt: skip
    fs = S3FileSystem(
        anon=not options.get("access_key") and bool(options.get("anonymous")), client_kwargs=client, config_kwargs=config,
        use_listings_cache=False, skip_instance_cache=True, **more,
    )  # fmt: skip
    fs.retries = 2
    return fs, _root(options["bucket"], options)


def _azure(options: "dict[str, Any]") -> "tuple[Any, str]":
    from adlfs import AzureBlobFileSystem

    account = str(options["account"])
    _reach(str(options.get("endpoint") or f"https://{account}.blob.core.windows.net"))
    more: dict[str, Any] = {}
    if options.get("endpoint"):
        key = f"AccountKey={options['account_key']};" if options.get("account_key") else ""
        sas = f"SharedAccessSignature={options['sas_token'].lstrip('?')};" if options.get("sas_token") else ""
        more["connection_string"] = f"AccountName={account};{key}{sas}BlobEndpoint={options['endpoint']};"
    elif options.get("sas_token"):
        more["sas_token"] = options["sas_token"]
    elif options.get("account_key"):
        more["account_key"] = options["account_key"]
    else:
        more["anon"] = True
    fs = AzureBlobFileSystem(
        account_name=account, skip_instance_cache=True, use_listings_cache=False, connection_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS, **more,
    )  # fmt: skip
    return fs, _root(options["container"], options)


def _reach(url: str) -> None:
    """Raise at once where nothing answers: the library would try again for minutes."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()


def _sftp(options: "dict[str, Any]") -> "tuple[Any, str]":
    import io

    import paramiko
    from fsspec.implementations.sftp import SFTPFileSystem

    class Known(SFTPFileSystem):  # type: ignore[misc]
        """Speaks only to the server whose host key was given, if one was."""

        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            host, port = str(options["host"]), int(options.get("port") or 22)
            name = host if port == 22 else f"[{host}]:{port}"
            if options.get("host_key"):
                kind, data = str(options["host_key"]).split()[-2:] if " " in options["host_key"] else ("", "")
                entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {kind} {data}")
                if entry is None or entry.key is None:
                    raise StoreProblem("host_key", "The host key cannot be read.", "Write it as `ssh-keyscan` prints it.", "host_key")  # fmt: skip
                self.client.get_host_keys().add(name, kind, entry.key)
                self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            else:
                self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            key = _private_key(paramiko, io.StringIO(options["private_key"])) if options.get("private_key") else None
            self.client.connect(
                host, port, username=options.get("user") or None, password=options.get("password") or None, pkey=key,
                timeout=CONNECT_SECONDS, banner_timeout=CONNECT_SECONDS, auth_timeout=CONNECT_SECONDS, allow_agent=False,
                look_for_keys=False,
            )  # fmt: skip
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(READ_SECONDS)

    fs = Known(str(options["host"]), skip_instance_cache=True)
    root = str(options.get("folder") or "") or fs.ftp.normalize(".")
    return fs, root.rstrip("/") or "/"


def _private_key(paramiko: "Any", text: "Any") -> "Any":
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            text.seek(0)
            return kind.from_private_key(text)
        except (paramiko.SSHException, ValueError):
            continue
    raise StoreProblem("wrong_key", "The private key cannot be read.", "Enter it whole, with its first and last line, without a passphrase.", "private_key")  # fmt: skip


def _http(options: "dict[str, Any]") -> "tuple[Any, str]":
    import aiohttp
    from fsspec.implementations.http import HTTPFileSystem

    class Site(HTTPFileSystem):  # type: ignore[misc]
        """Folders end with a slash there, and names are quoted."""

        def ls(self, url: str, detail: bool = True, **more: "Any") -> "Any":
            return super().ls(url.rstrip("/") + "/", detail=detail, **more)

    headers = {"Authorization": f"Bearer {options['token']}"} if options.get("token") else {}
    client: dict[str, Any] = {"headers": headers, "timeout": aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=READ_SECONDS)}  # fmt: skip
    if options.get("user"):
        client["auth"] = aiohttp.BasicAuth(options["user"], options.get("password") or "")
    fs = Site(client_kwargs=client, use_listings_cache=False, skip_instance_cache=True, encoded=True)
    return fs, str(options["url"]).rstrip("/")


def _root(container: "Any", options: "dict[str, Any]") -> str:
    inside = clean_path(str(options.get("folder") or ""))
    return f"{container}/{inside}" if inside else str(container)


_OPENERS = {"local": _local, "s3": _s3, "azure": _azure, "sftp": _sftp, "http": _http}
