"""What people do with datastores. Every question to a store goes to an agent, with a limit on its time."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from designer.contract.datastorekinds import KINDS, Kind
from designer.contract.datastores import (
    ChangeDatastore,
    Datastore,
    DatastoreKind,
    DatastoreList,
    RegisterDatastore,
    StoreEntries,
    StoreEntry,
    TriedDatastore,
    TryDatastore,
)
from designer.datastores.agents import Agent
from designer.datastores.problems import StoreProblem
from designer.errors import Conflict, DesignerError, Invalid, NotFound, Unavailable
from designer.graph.findings import Finding, Severity
from designer.installation import Installation
from designer.launcher.masking import SHORTEST
from designer.store import datastores, secrets
from designer.store.database import Taken, Transaction
from designer.store.datastores import StoredDatastore

PIECE = 1 << 18

AWAY = frozenset({"busy", "timeout", "no_answer", "unknown_host", "died"})
"""Problems that may go by themselves."""


def list_datastores(inst: Installation) -> DatastoreList:
    """All datastores, and the kinds there may be."""
    with inst.store.read() as t:
        found = datastores.all_(t)
    kinds = [
        DatastoreKind(name=one.name, title=one.title, description=one.description, options=one.schema(),
                      secrets=sorted(one.secrets()), tables=one.tables, writable=one.writable)
        for one in KINDS.values()
    ]  # fmt: skip
    return DatastoreList(items=[_shown(one) for one in found], kinds=kinds)


def get_datastore(inst: Installation, name: str) -> Datastore:
    """A datastore, and who uses it. Raises `NotFound`."""
    with inst.store.read() as t:
        return _whole(t, name)


def register_datastore(inst: Installation, request: RegisterDatastore) -> Datastore:
    """Keep a new datastore. Raises `Invalid` with a finding per setting, `Conflict` where the name is taken."""
    kind = _kind(request.kind)
    kept, entered = _split(inst, kind, request.name, request.options, {})
    now = inst.clock.now()
    try:
        with inst.store.write("register_datastore") as t:
            first = not datastores.all_(t)
            datastores.add(t, StoredDatastore(request.name, kind.name, now, now, kept, request.description))
            if request.default or first:
                datastores.be_default(t, request.name)
            _keep_secrets(inst, t, request.name, entered, now)
            return _whole(t, request.name)
    except Taken as problem:
        raise Conflict(
            f'There is a datastore "{request.name}" already.', cure="Choose another name.", where="name"
        ) from problem


def change_datastore(inst: Installation, name: str, request: ChangeDatastore) -> Datastore:
    """Change a datastore's settings. Raises `NotFound`, and `Invalid` with a finding per setting."""
    with inst.store.read() as t:
        before = _get(t, name)
    values: dict[str, Any] = {}
    entered: dict[str, str] = {}
    if request.options is not None:
        values["options"], entered = _split(inst, KINDS[before.kind], name, request.options, before.options)
    if request.description is not None:
        values["description"] = request.description
    now = inst.clock.now()
    with inst.store.write("change_datastore") as t:
        _get(t, name)
        datastores.change(t, name, now, **values)
        if request.default:
            datastores.be_default(t, name)
        _keep_secrets(inst, t, name, entered, now)
        return _whole(t, name)


def unregister_datastore(inst: Installation, name: str) -> None:
    """Forget a datastore and the secrets that were entered with it; what lies on it stays. Raises `Conflict` while it is used."""
    with inst.store.write("unregister_datastore") as t:
        stored = _get(t, name)
        users = datastores.readers(t, name)
        if users:
            listed = ", ".join(f'{one["what"]} "{one["name"]}"' for one in users[:5])
            raise Conflict(f"The datastore is used by {listed}.", cure="Choose another datastore there first.")
        datastores.remove(t, name)
        for option in KINDS[stored.kind].secrets():
            secrets.delete(t, secret_of(name, option))


def try_datastore(inst: Installation, request: TryDatastore) -> TriedDatastore:
    """Connect with these settings, list, write and remove a small file; say exactly what is wrong."""
    stored: StoredDatastore | None = None
    if request.name is not None:
        with inst.store.read() as t:
            stored = datastores.get(t, request.name)
    kind = _kind(request.kind or (stored.kind if stored else ""))
    try:
        kept, entered = _split(inst, kind, request.name or "new", request.options, stored.options if stored else {})
        options = {**_reveal(inst, {name: one for name, one in kept.items() if name not in entered}), **entered}
    except Invalid as problem:
        return TriedDatastore(findings=list(problem.findings), entries=None, writable=None)
    except (NotFound, Unavailable) as problem:
        return TriedDatastore(findings=[Finding("secret", problem.message, problem.cure)], entries=None, writable=None)
    try:
        with inst.datastores.of(kind.name, options) as agent:
            found = agent.ask("test")
    except StoreProblem as problem:
        return TriedDatastore(findings=[_finding(problem)], entries=None, writable=None)
    findings = []
    if "problem" in found:
        refused = StoreProblem(**found["problem"])
        message = f"It can be read, and not written to: {refused.message}"
        findings.append(Finding("not_writable", message, refused.cure, Severity.WARNING))
    return TriedDatastore(findings=findings, entries=found["entries"], writable=found["writable"])


def browse(inst: Installation, name: str, path: str, *, q: str = "", after: int = 0, limit: int = 200) -> StoreEntries:
    """What lies in a folder, or the tables of a database. Raises `NotFound`, and what the store has against it."""
    with _asking(inst, name) as agent:
        found = agent.ask("list", path=path, after=after, limit=limit, q=q)
    items = [StoreEntry(**one) for one in found["entries"]]
    more = after + len(items) < found["total"] and bool(items)
    return StoreEntries(items=items, total=found["total"], next=after + len(items) if more else None)


def upload_file(inst: Installation, name: str, path: str, staged: Path, *, overwrite: bool) -> StoreEntry:
    """Put a file onto a datastore; it is there whole, or not at all. Raises `Conflict` where there is one of its name."""
    with _asking(inst, name) as agent, staged.open("rb") as file:
        agent.ask("write", path=path, overwrite=overwrite)
        return StoreEntry(**agent.send(iter(lambda: file.read(PIECE), b"")))


def download_file(inst: Installation, name: str, path: str) -> tuple[str, Iterator[bytes]]:
    """A file's name, and its bytes as they come. Raises before the first where it cannot be read."""
    context = _asking(inst, name)
    agent = context.__enter__()
    try:
        agent.ask("read", path=path)
    except BaseException as problem:
        if not context.__exit__(type(problem), problem, problem.__traceback__):
            raise
        raise

    def pieces() -> Iterator[bytes]:
        with _given_back(context):
            yield from agent.pieces()
            agent.answer()

    return path.rpartition("/")[2] or "file", pieces()


@contextmanager
def _given_back(context: Any) -> Iterator[None]:
    """Give an agent back that was taken earlier; one that was left in the middle is ended."""
    try:
        yield
    except BaseException as problem:
        context.__exit__(type(problem), problem, problem.__traceback__)
        raise
    context.__exit__(None, None, None)


def mark_of(inst: Installation, name: str, path: str) -> str:
    """What changes whenever the files that a path means change. Raises what the store has against it."""
    with _asking(inst, name) as agent:
        return str(agent.ask("mark", path=path))


@contextmanager
def _asking(inst: Installation, name: str) -> Iterator[Agent]:
    """An agent of a datastore; what the store says against it comes as an error of ours."""
    with inst.store.read() as t:
        stored = _get(t, name)
    options = _reveal(inst, stored.options)
    try:
        with inst.datastores.of(stored.kind, options) as agent:
            yield agent
    except StoreProblem as problem:
        raise _error(problem) from problem


def _error(problem: StoreProblem) -> DesignerError:
    about: dict[str, Any] = {"cure": problem.cure, "where": problem.option, "details": {"problem": problem.code}}
    if problem.code in AWAY:
        return Unavailable(problem.message, **about)
    if problem.code in ("not_found", "no_such_folder", "no_such_container"):
        return NotFound(problem.message, **about)
    if problem.code == "exists":
        return Conflict(problem.message, **about)
    return Invalid(problem.message, **about)


def _finding(problem: StoreProblem) -> Finding:
    return Finding(problem.code, problem.message, problem.cure, parameter=problem.option)


def secret_of(name: str, option: str) -> str:
    """Under which name a secret is kept that was entered with a datastore."""
    return f"datastore.{name}.{option}"


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Invalid(
            f'There is no kind "{name[:50]}" of datastore.', where="kind", cure=f"There are: {', '.join(KINDS)}."
        )
    return KINDS[name]


def _split(
    inst: Installation, kind: Kind, name: str, given: Mapping[str, Any], before: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Options as they are kept, and the secrets that were entered, by option. Raises `Invalid`."""
    hidden = kind.secrets()
    merged = {**before, **given}
    texts = {option: one for option, one in merged.items() if option in hidden and isinstance(one, str) and one}
    named = {option: one for option, one in merged.items() if option in hidden and isinstance(one, Mapping)}
    kept = kind.read({**{option: one for option, one in merged.items() if option not in named}, **texts})
    findings = []
    for option, text in texts.items():
        if len(text.strip()) < SHORTEST:
            findings.append(Finding("option", f"{option}: has fewer than {SHORTEST} characters, and could not be kept out of logs.", parameter=option))  # fmt: skip
    for option, one in named.items():
        if one.keys() != {"secret"} or not isinstance(one.get("secret"), str):
            findings.append(Finding("option", f"{option}: is not the name of a secret.", parameter=option))
    if kind.name == "local":
        findings += _own(inst, str(kept["folder"]))
    if findings:
        raise Invalid("These settings cannot be used.", findings=findings, cure="Mend what the findings name.")
    for option in hidden:
        kept[option] = (
            dict(named[option]) if option in named else {"secret": secret_of(name, option)} if option in texts else ""
        )
    return kept, texts


def _own(inst: Installation, folder: str) -> list[Finding]:
    """Designer's own folder holds keys and people's outputs: no store shows it."""
    home, there = os.path.realpath(inst.settings.home), os.path.realpath(os.path.expanduser(folder))
    inside = os.path.commonpath([home, there]) in (home, there)
    message = "folder: holds Designer's own data, or lies in it."
    return [Finding("option", message, "Choose another folder.", parameter="folder")] if inside else []


def _keep_secrets(inst: Installation, t: Transaction, name: str, entered: Mapping[str, str], now: float) -> None:
    for option, value in entered.items():
        secrets.put(t, inst.keyring, secret_of(name, option), value, now, "Entered with a datastore")


def _reveal(inst: Installation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the values of their secrets. Raises `NotFound` where one is missing."""
    with inst.store.read() as t:
        return {
            option: secrets.get(t, inst.keyring, one["secret"]) if isinstance(one, Mapping) else one
            for option, one in options.items()
        }


def _get(t: Transaction, name: str) -> StoredDatastore:
    found = datastores.get(t, name)
    if found is None:
        raise NotFound(f'There is no datastore "{name[:70]}".')
    return found


def _whole(t: Transaction, name: str) -> Datastore:
    return _shown(_get(t, name)).model_copy(update={"used_by": datastores.readers(t, name)})


def _shown(found: StoredDatastore) -> Datastore:
    kind = KINDS[found.kind]
    return Datastore(
        name=found.name, kind=found.kind, title=kind.title, description=found.description, options=dict(found.options),
        default=found.is_default, tables=kind.tables, writable=kind.writable, place=_place(found), created=found.created,
        updated=found.updated,
    )  # fmt: skip


def _place(found: StoredDatastore) -> str:
    options = found.options
    match found.kind:
        case "local":
            return str(options["folder"])
        case "s3":
            return "/".join(filter(None, ("s3:/", options["bucket"], options["folder"])))
        case "azure":
            return "/".join(filter(None, (options["account"], options["container"], options["folder"])))
        case "sftp":
            return f"{options['user']}@{options['host']}:{options['folder']}"
        case _:
            return str(options["url"])
