"""Every template that ships runs here, and its models are in the lists."""

from __future__ import annotations

import pytest

from studio.workflow import templates
from studio.workflow.manifest import ParameterType
from tests.sketch.support import StartSketch

TEMPLATES = templates()
PICTURES = (ParameterType.IMAGE, ParameterType.MASK)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
async def test_a_shipped_template_runs(start_sketch: StartSketch, name: str) -> None:
    sketch = await start_sketch(models={})
    wanted = [
        one.name for one in TEMPLATES[name].parameters.values() if one.required and one.type in PICTURES
    ]
    images = dict.fromkeys(wanted, "example.png")
    graph = TEMPLATES[name].build(prompt="a woman at a window", seed=2**64 - 1, images=images)
    for node in graph.values():  # fewer and smaller pictures: this is about the nodes
        for field, small in (("width", 64), ("height", 64), ("length", 5), ("steps", 2)):
            if isinstance(node["inputs"].get(field), int):
                node["inputs"][field] = min(node["inputs"][field], small)
    entry = await sketch.run(graph)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1][1]
    assert any(output.get("images") for output in entry["outputs"].values())
