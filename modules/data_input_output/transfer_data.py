# /// script
# dependencies = ["fsspec"]
# ///
"""Transfer Data

Copies files from one datastore to another, as they are.

*Path* is a file, a folder, or a pattern such as `sales/**/*.csv`. Below a folder, or below what stands before a
pattern's first `*`, the structure is kept. Each file arrives whole or not at all, so a transfer that was cut off can be
run again: with *Skip* only what is missing, or of another size, travels.

*Example:* *From* `lake`, *Path* `raw/**/*.parquet`, *To* `laptop`, *Skip* brings over what came since the last time.
"""

from typing import Annotated, Literal

from designer import step
from designer.module import Datastore, Help, Label, Metrics, ModuleError

CATEGORY = "Data Input and Output"
TAGS = ("copy", "move", "upload", "download", "s3", "azure", "sftp", "datastore")
REUSE = False

PIECE = 4 << 20


def run(
    *,
    from_datastore: Annotated[Datastore, Label("From")],
    path: Annotated[str, Label("Path"), Help("A file, a folder, or a pattern with * and **.")],
    to_datastore: Annotated[Datastore, Label("To")],
    to_folder: Annotated[str, Label("Into the folder"), Help("Empty is its root.")] = "",
    if_there: Annotated[Literal["Overwrite", "Skip", "Fail"], Label("Where a file is there")] = "Overwrite",
) -> Annotated[Metrics, Label("Copied")]:
    found = from_datastore.find(path.strip())
    if not found:
        raise ModuleError(
            3, f'Nothing in "{from_datastore.name}" fits {path}.', "Look at the path on the page Datastores."
        )
    base = path.strip().strip("/")
    base = base.partition("*")[0].rpartition("/")[0] if "*" in base else base
    copied = skipped = size = 0
    for number, file in enumerate(found):
        inside = file.path.removeprefix(base).strip("/") or file.name
        goal = "/".join(filter(None, (to_folder.strip().strip("/"), inside)))
        if if_there == "Skip" and to_datastore.exists(goal) and to_datastore.find(goal)[0].size == file.size:
            skipped += 1
            continue
        with from_datastore.open(file.path) as source, to_datastore.write(goal, overwrite=if_there != "Fail") as out:
            while data := source.read(PIECE):
                out.write(data)
                size += len(data)
        copied += 1
        print(f"{file.path} -> {goal}")
        step.progress((number + 1) / len(found), f"{number + 1} of {len(found)} files")
    return {"copied": copied, "skipped": skipped, "bytes": size}
