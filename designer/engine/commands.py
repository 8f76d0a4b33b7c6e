"""What the engine wants done. A command is stored in the transaction that decided it and carried out after the commit;
each is safe to repeat."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Supply:
    """Find the data of a dataset node, and report Supplied or NotSupplied."""

    node: str


@dataclass(frozen=True)
class Start:
    """Set the attempt up on its target and start it, and report Started, or Failed."""

    node: str
    attempt: str


@dataclass(frozen=True)
class Stop:
    """Make the attempt end; its end is reported as any end is."""

    node: str
    attempt: str


@dataclass(frozen=True)
class Collect:
    """Take the attempt's outputs into the artifact store, and report Collected, or Failed."""

    node: str
    attempt: str


@dataclass(frozen=True)
class Clean:
    """Remove what is left of the attempt on its target."""

    node: str
    attempt: str


Command = Supply | Start | Stop | Collect | Clean
