"""The words a module author writes with. Standard library only; modules import from here and nowhere else in Designer.

A module is one Python file with a function `run`: what stands before `*` are input ports, what stands after are
parameters, the return type names the output ports. These words refine the annotations; none of them changes what
`run` does when it is called from a notebook or a test.
"""

from designer.module.columns import Columns
from designer.module.errors import ModuleError
from designer.module.roles import Role, roles_of, with_roles
from designer.module.stores import Datastore
from designer.module.values import Figure, Images, Metrics, Model, Transformation, UntrainedModel
from designer.module.words import Code, Column, Help, Label, Of, Pattern, Range, Secret, When

__all__ = [
    "Code",
    "Column",
    "Columns",
    "Datastore",
    "Figure",
    "Help",
    "Images",
    "Label",
    "Metrics",
    "Model",
    "ModuleError",
    "Of",
    "Pattern",
    "Range",
    "Role",
    "Secret",
    "Transformation",
    "UntrainedModel",
    "When",
    "roles_of",
    "with_roles",
]
