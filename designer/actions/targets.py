"""What people do with compute targets."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from designer.contract.events import TargetChanged
from designer.contract.targets import (
    AddTarget,
    ChangeTarget,
    Target,
    TargetKind,
    TargetList,
    TargetLoad,
    TargetState,
    TargetStep,
    TestedTarget,
    TestTarget,
)
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.findings import Finding
from designer.installation import LOCAL, Installation
from designer.store import claims, pipelines, secrets, steps, targets
from designer.store.database import Taken, Transaction
from designer.store.targets import StoredTarget
from designer.targets.kinds import KINDS, Context, Kind
from designer.targets.registry import SECRET

MOST_STEPS = 50
"""How many steps of one target are listed."""


def list_targets(inst: Installation) -> TargetList:
    """This machine, then all others by name; and the kinds that can be added."""
    inst.targets.refresh()
    kinds = [
        TargetKind(name=kind.name, title=kind.title, description=kind.description, form=kind.schema())
        for kind in KINDS.values()
    ]
    return TargetList(items=shown(inst, inst.targets), kinds=kinds)


def get_target(inst: Installation, name: str) -> Target:
    """One target as it is now. Raises `NotFound`."""
    inst.targets.refresh()
    if name not in inst.targets:
        raise _no_such(name)
    (found,) = shown(inst, [name])
    return found


def add_target(inst: Installation, request: AddTarget) -> Target:
    """Add a target. Raises `Invalid` with findings, `Conflict` where the name is taken."""
    if request.name in inst.targets and inst.targets.is_always_there(request.name):
        raise _taken(request.name)
    kind, now = _kind(request.kind), inst.clock.now()
    try:
        with inst.store.write("add_target") as t:
            options = _accepted(inst, t, kind, request.name, request.options)
            targets.add(t, StoredTarget(request.name, kind.name, now, now, options, request.slots, request.description))
    except Taken as error:
        raise _taken(request.name) from error
    return _tell(inst, request.name)


def change_target(inst: Installation, name: str, request: ChangeTarget) -> Target:
    """Change a target, at once; steps that run on it go on as they were started. Raises `NotFound`, `Invalid` with findings."""
    inst.targets.refresh()
    if name not in inst.targets:
        raise _no_such(name)
    values: dict[str, Any] = request.model_dump(exclude_none=True, exclude={"options"})
    now = inst.clock.now()
    with inst.store.write("change_target") as t:
        stored = targets.get(t, name)
        if request.options is not None:
            if inst.targets.is_always_there(name):
                raise Invalid("This machine has no options here: they are settings of the server.", where="options")
            if stored is None:
                raise _no_such(name)
            values["options"] = _accepted(inst, t, _kind(stored.kind), name, request.options)
        if stored is None:  # of this machine, or removed by someone else
            if not inst.targets.is_always_there(name):
                raise _no_such(name)
            targets.add(t, StoredTarget(name, "process", now, now, slots=inst.targets[name].slots))
        targets.change(t, name, now, **values)
    return _tell(inst, name)


def delete_target(inst: Installation, name: str) -> None:
    """Remove a target. Raises `NotFound`, and `Conflict` while a pipeline names it or a step has not ended on it."""
    if inst.targets.is_always_there(name):
        raise Conflict("This machine is always there.", cure="Disable it, so that it takes no steps.")
    with inst.store.write("delete_target") as t:
        if targets.get(t, name) is None:
            raise _no_such(name)
        if steps.unfinished_on(t, name):
            raise Conflict(f'Steps run on "{name}" or wait for it.', cure="Wait for their end, or cancel them.")
        users = pipelines.naming_target(t, name)
        if users:
            listed = ", ".join(f'"{one["name"]}"' for one in users[:5])
            raise Conflict(f"The target is used by {listed}.", cure="Choose another target there first, or disable it.",
                           details={"pipelines": users})  # fmt: skip
        targets.remove(t, name)
        claims.forget_target(t, name)
        for secret in secrets.find(t, _secret_name(name, "")):
            if secret.name.startswith(_secret_name(name, "")):
                secrets.delete(t, secret.name)
    inst.targets.refresh()
    inst.bus.publish([TargetChanged(name=name, item=None)])


def test_target(inst: Installation, request: TestTarget) -> TestedTarget:
    """Try options, without keeping them: say exactly what is wrong. Raises `Invalid` for a kind there is not."""
    kind, before = _kind(request.kind), inst.clock.monotonic()
    context = Context(inst.settings.home / "targets" / (request.name or ".test"))
    try:
        with inst.store.read() as t:
            options = kind.read({name: _plain(inst, t, value) for name, value in request.options.items()})
    except Invalid as problem:
        found = [one for one in problem.findings if isinstance(one, Finding)]
    else:
        found = kind.load().test(options, context)
    return TestedTarget(findings=found, seconds=inst.clock.monotonic() - before)


def announce(inst: Installation, names: Iterable[str]) -> None:
    """Tell clients how these are now."""
    there = [name for name in names if name in inst.targets]
    inst.bus.publish([TargetChanged(name=one.name, item=one) for one in shown(inst, there)])


def shown(inst: Installation, names: Iterable[str]) -> list[Target]:
    """Targets as lists and events show them."""
    names = list(names)
    with inst.store.read() as t:
        stored = {one.name: one for one in targets.all_(t)}
        busy = steps.on_targets(t, names, MOST_STEPS)
    return [_shown(inst, name, stored.get(name), busy.get(name, steps.Busy())) for name in names]


def _shown(inst: Installation, name: str, stored: StoredTarget | None, busy: steps.Busy) -> Target:
    target, defined = inst.targets[name], inst.targets.defined(name)
    trouble, load = target.trouble(), target.load()
    state = TargetState.READY
    if defined.disabled:
        state = TargetState.DISABLED
    elif trouble:
        state = TargetState.UNREACHABLE
    elif busy.running >= target.slots:
        state = TargetState.BUSY
    return Target(
        name=name, kind=defined.kind, title="This machine" if name == LOCAL else name, slots=target.slots, state=state,
        description=stored.description if stored else "", options=dict(defined.options), why=trouble,
        running=busy.running, queued=busy.queued, load=TargetLoad(**asdict(load)) if load else None,
        steps=[TargetStep(**vars(one)) for one in busy.steps], notices=target.notices(),
        always=inst.targets.is_always_there(name), disabled=defined.disabled,
        created=stored.created if stored else None, updated=stored.updated if stored else None,
    )  # fmt: skip


def _accepted(
    inst: Installation, t: Transaction, kind: Kind, target: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Options as they are kept: secrets go to the secret store, what is wrong is refused. Raises `Invalid` with findings."""
    kind.read({name: _plain(inst, t, value) for name, value in options.items()})
    kept = {name: value for name, value in options.items() if value is not None}
    for name in kind.secrets() & kept.keys():
        if isinstance(kept[name], str):
            made = secrets.put(
                t, inst.keyring, _secret_name(target, name), kept[name], inst.clock.now(), f"Of the target {target}"
            )
            kept[name] = {SECRET: made.name, "version": made.version}
    return kept


def _plain(inst: Installation, t: Transaction, value: Any) -> Any:
    """The value of an option, for a look at it. Raises `NotFound` for a secret there is not."""
    if isinstance(value, dict) and isinstance(value.get(SECRET), str):
        return secrets.get(t, inst.keyring, value[SECRET])
    return value


def _secret_name(target: str, option: str) -> str:
    return f"target.{target}.{option}"


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Invalid(f'There is no kind "{name}" of targets.', where="kind", cure=f"Pick one of: {', '.join(KINDS)}.")
    return KINDS[name]


def _tell(inst: Installation, name: str) -> Target:
    inst.targets.refresh()
    (found,) = shown(inst, [name])
    inst.bus.publish([TargetChanged(name=name, item=found)])
    inst.wake()
    return found


def _no_such(name: str) -> NotFound:
    return NotFound(f'There is no compute target "{name[:100]}".')


def _taken(name: str) -> Conflict:
    return Conflict(f'There is a target "{name}" already.', cure="Choose another name, or change that one.")
