"""Artifacts: immutable bytes, known by their digest. store.py keeps them in a folder or behind any fsspec URL.

Nothing here looks into the bytes; what is in them is the business of steps.
"""

from designer.artifacts.store import ArtifactStore, Damaged

__all__ = ["ArtifactStore", "Damaged"]
