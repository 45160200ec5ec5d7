"""The nodes that the sketch server knows, by class name."""

from __future__ import annotations

from studio.sketch.nodes import (  # noqa: F401 - importing them declares their nodes
    audio,
    cameras,
    clips,
    conditioning,
    controls,
    custom,
    images,
    latents,
    loaders,
    loading,
    masks,
    patches,
    primitives,
    sampling,
    saving,
    video,
)
from studio.sketch.nodes.base import REGISTRY as NODES
from studio.sketch.nodes.base import Catalogue, Input, NodeClass, Ui, node

__all__ = ["NODES", "Catalogue", "Input", "NodeClass", "Ui", "node"]
