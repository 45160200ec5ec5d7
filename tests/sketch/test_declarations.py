"""Every node declared here is a node of ComfyUI, with the same inputs and outputs."""

from __future__ import annotations

import gzip
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from studio.sketch.folders import Folders
from studio.sketch.library import Library
from studio.sketch.nodes import NODES, Catalogue

RECORDED: dict[str, Any] = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "data" / "object_info.json.gz").read_bytes())
)
OUR_OWN_LISTS = {
    "ckpt_name", "unet_name", "clip_name", "clip_name1", "clip_name2", "clip_name3", "clip_name4", "vae_name",
    "lora_name", "control_net_name", "style_model_name", "model_name", "name", "image", "file", "video",
}  # fmt: skip


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Library(), Folders(tmp_path))


def comparable(name: str, described: list[Any]) -> Any:
    """Type and options of an input; the values of a combo that lists files only say that it is a combo."""
    kind, options = described[0], dict(described[1]) if len(described) > 1 else {}
    options.pop("tooltip", None)
    if name in OUR_OWN_LISTS and isinstance(kind, list):
        return ["a list of files", options]
    if name in OUR_OWN_LISTS and "options" in options:
        return [kind, {**options, "options": "a list of files"}]
    return [kind, options]


@pytest.mark.parametrize("name", sorted(NODES))
def test_inputs_and_outputs_are_comfyui_s(name: str, catalogue: Catalogue) -> None:
    ours, theirs = NODES[name].describe(catalogue), RECORDED[name]
    for group in ("required", "optional"):
        mine = {key: comparable(key, one) for key, one in ours["input"].get(group, {}).items()}
        recorded = {key: comparable(key, one) for key, one in theirs["input"].get(group, {}).items()}
        assert mine == recorded
        assert list(mine) == list(recorded)
    assert set(ours["input"].get("hidden", {})) == set(theirs["input"].get("hidden", {}))
    for field in (
        "output",
        "output_name",
        "output_is_list",
        "output_node",
        "category",
        "display_name",
        "name",
    ):
        assert ours[field] == theirs[field], field


def test_every_input_is_an_argument_of_its_function(catalogue: Catalogue) -> None:
    """An optional input needs a default; a name that the function does not take would fail at run time."""
    for name, node_class in NODES.items():
        parameters = inspect.signature(node_class.function).parameters
        takes_rest = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
        for field, (_, required) in node_class.inputs().items():
            assert takes_rest or field in parameters, f"{name}.{field}"
            if not required and field in parameters:
                assert parameters[field].default is not inspect.Parameter.empty, f"{name}.{field}"
