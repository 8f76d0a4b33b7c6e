"""What people see of modules."""

from designer.contract.modules import BrokenModule, ModuleList, ModuleSource
from designer.errors import NotFound
from designer.graph.porttypes import PORT_TYPES
from designer.installation import Installation


def list_modules(inst: Installation) -> ModuleList:
    """The newest version of every module, the port types, and the files that are no modules."""
    return ModuleList(
        items=[module.spec for module in inst.library.all()],
        port_types=list(PORT_TYPES.values()),
        broken=[BrokenModule(path=one.path, findings=list(one.findings)) for one in inst.library.broken],
    )


def get_module(inst: Installation, reference: str) -> ModuleSource:
    """A module with its source. Raises `NotFound`."""
    module = inst.library.get(reference)
    if module is None:
        raise NotFound(f'There is no module "{reference}".')
    return ModuleSource(spec=module.spec, source=module.source)
