from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.workflow import (
    LoraChoice,
    ParameterType,
    find_template,
    graph_hash,
    load,
    read_built,
    recognise,
    templates,
)
from tests.workflow.test_inspect import settings_of

ALL = sorted(templates())


@given(st.data())
def test_a_built_graph_tells_its_template_and_its_values(data: st.DataObject) -> None:
    template = find_template(data.draw(st.sampled_from(ALL)))
    media = template.manifest.of_type(
        ParameterType.IMAGE, ParameterType.MASK, ParameterType.VIDEO, ParameterType.AUDIO
    )
    images = {each.name: f"{each.name}.png" for each in media if each.required or data.draw(st.booleans())}
    settings = data.draw(settings_of(template))
    names = st.sampled_from(["a.safetensors", "b/c.safetensors"])
    strengths = st.sampled_from([1.0, 0.5, -0.25])
    loras = st.lists(
        st.builds(LoraChoice, name=names, strength_model=strengths, strength_clip=st.none() | strengths),
        max_size=3,
    )
    chosen = data.draw(loras) if template.manifest.loras else []
    seed = data.draw(st.integers(0, 2**64 - 1))
    graph = template.build(prompt="a prompt", seed=seed, images=images, parameters=settings, loras=chosen)
    through_a_file = json.loads(json.dumps(graph))
    built = recognise(through_a_file)
    assert built is not None
    assert graph_hash(find_template(built.template).build(**built.arguments())) == graph_hash(graph)
    assert built.template == template.id
    assert len(built.loras) == len(chosen)
    if template.manifest.of_type(ParameterType.SEED):
        assert built.seed == seed
    for name, value in built.parameters.items():
        assert settings.get(name, value) == value


def test_from_the_metadata_of_a_picture(tmp_path: Path) -> None:
    words, seed, parameters = "a lighthouse, 夜", 2**64 - 1, {"steps": 12}
    graph = find_template("flux").build(prompt=words, seed=seed, parameters=parameters)
    metadata = PngInfo()
    metadata.add_text("prompt", json.dumps(graph))
    Image.new("RGB", (8, 8)).save(tmp_path / "take.png", pnginfo=metadata)
    built = recognise(load(tmp_path / "take.png").graph)
    assert built is not None
    assert (built.template, built.prompt, built.seed) == ("flux", words, seed)
    assert built.parameters == parameters


def test_bypassed_nodes_are_told() -> None:
    for id, nodes in (("flux", ["7"]), ("sdxl-control", ["8"]), ("qwen-edit-angles", ["6", "5"])):
        template = find_template(id)
        images = {name: "a.png" for name, each in template.parameters.items() if each.required}
        graph = template.build(prompt="x", seed=3, images=images, bypass=nodes)
        built = read_built(template, graph)
        assert built is not None
        assert set(built.bypass) == set(nodes)


def test_another_graph_is_not_claimed() -> None:
    graph = find_template("sdxl").build(prompt="x", seed=1)
    assert recognise(graph) is not None
    graph["5"]["inputs"]["denoise"] = 0.5  # not a parameter of the template
    assert recognise(graph) is None
    assert recognise({"1": {"class_type": "SaveImage", "inputs": {}}}) is None


def test_a_projects_own_template_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "sdxl"
    own.mkdir()
    shipped = find_template("sdxl").folder
    for name in ("manifest.toml", "workflow.json"):
        (own / name).write_text(
            (shipped / name).read_text("utf-8").replace('"cfg": 6.5', '"cfg": 5.0'), "utf-8"
        )
    graph = find_template("sdxl", [tmp_path]).build(prompt="x", seed=1)
    assert (recognise(graph, [tmp_path]) or recognise(graph)).parameters == {}  # type: ignore[union-attr]
    shipped_says = recognise(graph)
    assert shipped_says is not None
    assert shipped_says.parameters == {"cfg": 5.0}
