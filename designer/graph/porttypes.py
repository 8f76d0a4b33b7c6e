"""The port types, and what fits what: one table, served to the canvas."""

from dataclasses import dataclass
from enum import StrEnum


class PortType(StrEnum):
    """What flows through a port."""

    TABLE = "table"
    FILE = "file"
    FOLDER = "folder"
    MODEL = "model"
    UNTRAINED_MODEL = "untrained_model"
    TRANSFORMATION = "transformation"
    IMAGES = "images"
    METRICS = "metrics"
    FIGURE = "figure"
    ANY = "any"


@dataclass(frozen=True)
class PortTypeRow:
    """One port type: its name for people, the family that gives the port its shape, and the types its input takes."""

    type: PortType
    title: str
    family: str  # "table" circle, "model" diamond, "transformation" triangle, "file" square, "any" ring
    accepts: tuple[PortType, ...]
    annotations: tuple[str, ...]  # how a module author writes it


PORT_TYPES: dict[PortType, PortTypeRow] = {
    row.type: row
    for row in (
        PortTypeRow(
            PortType.TABLE, "Table", "table", (PortType.TABLE,),
            ("pl.DataFrame", "pl.LazyFrame", "pd.DataFrame", "pa.Table", "DataFrame", "LazyFrame", "Table"),
        ),
        PortTypeRow(PortType.FILE, "File", "file", (PortType.FILE,), ("Path",)),
        PortTypeRow(PortType.FOLDER, "Folder", "file", (PortType.FOLDER, PortType.IMAGES), ("Folder",)),
        PortTypeRow(PortType.MODEL, "Trained model", "model", (PortType.MODEL,), ("Model",)),
        PortTypeRow(
            PortType.UNTRAINED_MODEL, "Untrained model", "model", (PortType.UNTRAINED_MODEL,), ("UntrainedModel",)
        ),
        PortTypeRow(
            PortType.TRANSFORMATION, "Transformation", "transformation", (PortType.TRANSFORMATION,), ("Transformation",)
        ),
        PortTypeRow(PortType.IMAGES, "Image folder", "file", (PortType.IMAGES,), ("Images",)),
        PortTypeRow(PortType.METRICS, "Metrics", "metrics", (PortType.METRICS,), ("Metrics",)),
        PortTypeRow(PortType.FIGURE, "Figure", "metrics", (PortType.FIGURE,), ("Figure",)),
        PortTypeRow(PortType.ANY, "Anything", "any", tuple(PortType), ("Any", "object")),
    )
}  # fmt: skip


def fits(output: PortType, input_: PortType) -> bool:
    """Whether what an output of one type makes may flow into an input of another. `any` out may flow anywhere."""
    return output == PortType.ANY or output in PORT_TYPES[input_].accepts
