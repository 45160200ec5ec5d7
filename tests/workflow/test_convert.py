"""The editor's form becomes what ComfyUI's own front end makes of it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from studio.errors import WorkflowError
from studio.workflow.convert import convert
from studio.workflow.graph import graph_hash

DATA = Path(__file__).parents[1] / "data"
DIGESTS: dict[str, str] = json.loads((DATA / "template_digests.json").read_text())
"""Public template → hash of what front end 1.27.10 made of it with the recorded `object_info`."""


def public_template(name: str) -> dict[str, Any]:
    """One workflow of the package `comfyui-workflow-templates`."""
    folder = resources.files("comfyui_workflow_templates") / "templates"
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_public_template_equals_the_front_end(name: str, object_info: Any) -> None:
    assert graph_hash(convert(public_template(name), object_info).graph) == DIGESTS[name]


def test_every_public_template_is_covered() -> None:
    folder = resources.files("comfyui_workflow_templates") / "templates"
    names = {Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".json")}
    with_nodes = {name for name in names if isinstance(public_template_or_list(name), dict)}
    assert {name for name in with_nodes if "nodes" in public_template_or_list(name)} == set(DIGESTS)


def public_template_or_list(name: str) -> Any:
    return public_template(name)


# small boards, written by hand


def node(
    number: int, kind: str, *, inputs: list[Any] = (), outputs: list[str] = (), **more: Any
) -> dict[str, Any]:  # type: ignore[assignment]
    return {
        "id": number,
        "type": kind,
        "mode": 0,
        "inputs": [dict(zip(("name", "type", "link"), entry, strict=True)) for entry in inputs],
        "outputs": [{"name": kind, "type": kind, "links": []} for kind in outputs],
        "widgets_values": [],
        **more,
    }


def board(nodes: list[Any], links: list[Any], **more: Any) -> dict[str, Any]:
    return {"nodes": nodes, "links": links, "version": 0.4, **more}


LOADER = node(
    1, "CheckpointLoaderSimple", outputs=["MODEL", "CLIP", "VAE"], widgets_values=["film.safetensors"]
)


def text(number: int, words: str, link: int | None = 1) -> dict[str, Any]:
    return node(
        number,
        "CLIPTextEncode",
        inputs=[("clip", "CLIP", link)],
        outputs=["CONDITIONING"],
        widgets_values=[words],
    )


def test_the_control_after_a_seed_is_dropped_and_big_seeds_keep_every_digit() -> None:
    values = [2**64 - 1, "randomize", 30, 6.5, "euler", "normal", 1]
    sampler = node(2, "KSampler", inputs=[("model", "MODEL", 1)], outputs=["LATENT"], widgets_values=values)
    graph = convert(board([LOADER, sampler], [[1, 1, 0, 2, 0, "MODEL"]])).graph
    assert graph["2"]["inputs"] == {
        "seed": 2**64 - 1,
        "steps": 30,
        "cfg": 6.5,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1,
        "model": ["1", 0],
    }


def test_reroutes_are_seen_through_and_muted_nodes_leave_no_link() -> None:
    reroute = node(5, "Reroute", inputs=[("", "*", 1)], outputs=["CLIP"])
    muted = {**LOADER, "id": 7, "mode": 2}
    graph = convert(
        board(
            [LOADER, reroute, text(2, "rain", 2), muted, text(3, "neon", 3)],
            [[1, 1, 1, 5, 0, "CLIP"], [2, 5, 0, 2, 0, "CLIP"], [3, 7, 1, 3, 0, "CLIP"]],
        )
    ).graph
    assert set(graph) == {"1", "2", "3"}
    assert graph["2"]["inputs"]["clip"] == ["1", 1]
    assert graph["3"]["inputs"] == {"text": "neon"}


def test_a_bypassed_node_passes_on_what_has_the_type_asked_for() -> None:
    lora = node(
        4,
        "LoraLoader",
        inputs=[("model", "MODEL", 1), ("clip", "CLIP", 2)],
        outputs=["MODEL", "CLIP"],
        widgets_values=["grain.safetensors", 1, 1],
        mode=4,
    )
    links = [[1, 1, 0, 4, 0, "MODEL"], [2, 1, 1, 4, 1, "CLIP"], [3, 4, 1, 2, 0, "CLIP"]]
    graph = convert(board([LOADER, lora, text(2, "rain", 3)], links)).graph
    assert "4" not in graph
    assert graph["2"]["inputs"]["clip"] == ["1", 1]


def test_a_primitive_sets_the_widget_it_is_linked_to() -> None:
    primitive = node(9, "PrimitiveNode", outputs=["INT"], widgets_values=[1021, "fixed"])
    latent = node(3, "EmptyLatentImage", outputs=["LATENT"], widgets_values=[512, 512, 1])
    latent["inputs"] = [{"name": "width", "type": "INT", "link": 1, "widget": {"name": "width"}}]
    graph = convert(board([primitive, latent], [[1, 9, 0, 3, 0, "INT"]])).graph
    assert graph["3"]["inputs"] == {
        "width": 1024,
        "height": 512,
        "batch_size": 1,
    }  # on the widget's raster of 8


def test_values_may_be_saved_by_name_and_links_as_objects() -> None:
    latent = node(3, "EmptyLatentImage", outputs=["LATENT"])
    latent["widgets_values"] = {"width": 832, "height": 480, "batch_size": 2}
    links = [{"id": 1, "origin_id": 1, "origin_slot": 1, "target_id": 2, "target_slot": 0, "type": "CLIP"}]
    data = {"nodes": [LOADER, text(2, "rain"), latent], "links": links, "version": 1, "reroutes": [{"id": 1}]}
    graph = convert(data).graph
    assert graph["3"]["inputs"] == {"width": 832, "height": 480, "batch_size": 2}
    assert graph["2"]["inputs"]["clip"] == ["1", 1]


def test_notes_are_not_sent_and_comments_in_prompts_are_removed() -> None:
    note = node(8, "MarkdownNote", widgets_values=["read me"])
    result = convert(board([LOADER, note, text(2, "rain // soft\n{neon|tungsten} \\{light\\} /* no */")], []))
    assert set(result.graph) == {"1", "2"}
    assert result.graph["2"]["inputs"]["text"] == "rain \nneon {light} "
    assert "first was taken" in result.notes[0]


# subgraphs


def grade(inner: list[Any], links: list[Any], identity: str = "grade", **more: Any) -> dict[str, Any]:
    """A subgraph from clip to conditioning."""
    return {
        "id": identity,
        "name": identity,
        "inputs": [{"name": "clip", "type": "CLIP"}, {"name": "words", "type": "STRING"}],
        "outputs": [{"name": "out", "type": "CONDITIONING"}],
        "nodes": inner,
        "links": links,
        **more,
    }


def link(number: int, origin: int, slot: int, target: int, target_slot: int) -> dict[str, Any]:
    return {
        "id": number,
        "origin_id": origin,
        "origin_slot": slot,
        "target_id": target,
        "target_slot": target_slot,
        "type": "*",
    }


def inner_text() -> dict[str, Any]:
    entry = text(2, "inside", 1)
    entry["inputs"].append({"name": "text", "type": "STRING", "link": 3, "widget": {"name": "text"}})
    return entry


INNER_LINKS = [link(1, -10, 0, 2, 0), link(3, -10, 1, 2, 1), link(2, 2, 0, -20, 0)]
COMBINE = node(
    6,
    "ConditioningCombine",
    inputs=[("conditioning_1", "CONDITIONING", 5), ("conditioning_2", "CONDITIONING", 6)],
    outputs=["CONDITIONING"],
)


def instance(
    number: int, words: str | None, clip_link: int, kind: str = "grade", **more: Any
) -> dict[str, Any]:
    entry = node(number, kind, inputs=[("clip", "CLIP", clip_link)], outputs=["CONDITIONING"], **more)
    entry["inputs"].append({"name": "words", "type": "STRING", "link": None, "widget": {"name": "words"}})
    entry["widgets_values"] = [] if words is None else [words]
    return entry


def test_two_instances_of_a_subgraph_have_values_of_their_own() -> None:
    data = board(
        [LOADER, instance(10, "day", 1), instance(11, "night", 2), COMBINE],
        [[1, 1, 1, 10, 0, "CLIP"], [2, 1, 1, 11, 0, "CLIP"], [5, 10, 0, 6, 0, "C"], [6, 11, 0, 6, 1, "C"]],
        definitions={"subgraphs": [grade([inner_text()], INNER_LINKS)]},
    )
    graph = convert(data).graph
    assert graph["10:2"]["inputs"] == {"text": "day", "clip": ["1", 1]}
    assert graph["11:2"]["inputs"] == {"text": "night", "clip": ["1", 1]}
    assert graph["6"]["inputs"] == {"conditioning_1": ["10:2", 0], "conditioning_2": ["11:2", 0]}


def test_subgraphs_nest_and_a_bypassed_or_muted_one_is_gone_with_all_in_it() -> None:
    outer = grade([instance(4, "deep", 1)], [link(1, -10, 0, 4, 0), link(2, 4, 0, -20, 0)], "outer")
    nodes = [LOADER, instance(10, "x", 1, "outer"), instance(11, "x", 2, "outer", mode=2), COMBINE]
    data = board(
        nodes,
        [[1, 1, 1, 10, 0, "CLIP"], [2, 1, 1, 11, 0, "CLIP"], [5, 10, 0, 6, 0, "C"], [6, 11, 0, 6, 1, "C"]],
        definitions={"subgraphs": [grade([inner_text()], INNER_LINKS), outer]},
    )
    graph = convert(data).graph
    assert set(graph) == {"1", "6", "10:4:2"}
    assert graph["10:4:2"]["inputs"] == {"text": "deep", "clip": ["1", 1]}
    assert graph["6"]["inputs"] == {"conditioning_1": ["10:4:2", 0]}


def test_a_subgraph_that_holds_itself_is_refused() -> None:
    endless = grade([node(1, "grade")], [])
    with pytest.raises(WorkflowError, match="hold themselves"):
        convert(board([node(10, "grade")], [], definitions={"subgraphs": [endless]}))


def test_subgraphs_that_unfold_to_billions_are_refused() -> None:
    levels = [grade([node(n, f"level{i + 1}") for n in range(40)], [], f"level{i}") for i in range(8)]
    levels.append(grade([node(1, "VAEDecode")], [], "level8"))
    with pytest.raises(WorkflowError, match="unfold"):
        convert(board([node(1, "level0")], [], definitions={"subgraphs": levels}))


def test_links_in_a_circle_are_refused_with_the_node() -> None:
    one = node(1, "Reroute", inputs=[("", "*", 2)], outputs=["CLIP"])
    two = node(2, "Reroute", inputs=[("", "*", 1)], outputs=["CLIP"])
    links = [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"], [3, 2, 0, 3, 0, "CLIP"]]
    with pytest.raises(WorkflowError, match="circle") as caught:
        convert(board([one, two, text(3, "x", 3)], links))
    assert caught.value.node


def test_values_may_be_numbered() -> None:
    latent = node(3, "EmptyLatentImage")
    latent["widgets_values"] = {"0": 832, "1": 480, "2": 2}
    assert convert(board([latent], [])).graph["3"]["inputs"] == {"width": 832, "height": 480, "batch_size": 2}


@pytest.mark.parametrize("kind", ["workflow>Grade", "workflow/Grade"])
def test_a_group_node_of_the_older_kind_is_named(kind: str) -> None:
    with pytest.raises(WorkflowError, match=r"'Grade' is a group node.*subgraph") as caught:
        convert(board([node(30, kind, widgets_values=["x"])], []))
    assert caught.value.node == "30"


def test_a_chain_of_reroutes_that_many_nodes_read_does_not_hang() -> None:
    length = 2000
    reroutes = [node(n, "Reroute", inputs=[("", "*", n)], outputs=["CLIP"]) for n in range(1, length)]
    links = [[n, n - 1, 0, n, 0, "*"] for n in range(1, length)]
    readers = [text(length + n, "x", 0) for n in range(1000)]  # all of the same link
    with pytest.raises(WorkflowError, match="too many reroutes") as caught:
        convert(board([*reroutes, *readers], [*links, [0, length - 1, 0, length, 0, "CLIP"]]))
    assert caught.value.node
    assert caught.value.field == "clip"


# what nobody knows


def test_a_node_of_unknown_class_keeps_its_class_and_named_values() -> None:
    custom = node(3, "WetStreet", inputs=[("image", "IMAGE", None)], outputs=["IMAGE"])
    custom["inputs"] += [
        {"name": name, "type": "INT", "link": None, "widget": {"name": name}} for name in ("seed", "puddles")
    ]
    custom["widgets_values"] = [5, "randomize", 12]
    custom["properties"] = {"cnr_id": "rainy-nodes"}
    result = convert(board([custom], []))
    assert result.graph["3"]["class_type"] == "WetStreet"
    assert result.graph["3"]["inputs"] == {"seed": 5, "puddles": 12}
    assert result.unknown == {"3": "WetStreet"}
    assert result.packs == {"WetStreet": "rainy-nodes"}


def test_values_without_names_are_spoken_of() -> None:
    custom = node(3, "WetStreet", widgets_values=[12, 0.5])
    assert "object_info" in convert(board([custom], [])).notes[0]


def test_a_dynamic_combo_brings_the_inputs_of_its_choice() -> None:
    options = [
        {"key": "still", "inputs": {"required": {"quality": ["INT", {"default": 90}]}}},
        {"key": "moving", "inputs": {"required": {"fps": ["INT", {"default": 24}], "codec": ["STRING", {}]}}},
    ]
    info = {
        "Deliver": {
            "input": {
                "required": {"as": ["COMFY_DYNAMICCOMBO_V3", {"options": options}], "name": ["STRING", {}]}
            },
            "output": [],
        }
    }
    entry = node(3, "Deliver", widgets_values=["moving", 25, "prores", "reel"])
    assert convert(board([entry], []), info).graph["3"]["inputs"] == {
        "as": "moving",
        "as.fps": 25,
        "as.codec": "prores",
        "name": "reel",
    }


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"nodes": [5]}, "nodes[0]"),
        ({"nodes": [{"type": "X"}]}, "nodes[0].id"),
        ({"nodes": [{"id": 1, "type": 7}]}, "type"),
        ({"nodes": [{"id": 1, "type": "X", "inputs": "none"}]}, "inputs"),
        ({"nodes": [], "links": [[1, 2]]}, "links[0]"),
        ({"nodes": [], "links": [{"id": None}]}, "links[0]"),
        ({"nodes": [], "links": [[1, 2, -1, 3, 0, "*"]]}, "links[0]"),
        ({"nodes": [{"id": 10**5000, "type": "X"}]}, "nodes[0].id"),
        ({"nodes": [{"id": 1, "type": "X", "inputs": [{"name": [[]]}]}]}, "inputs[0]"),
        ({"nodes": [], "definitions": {"subgraphs": [{"name": "x"}]}}, "definitions.subgraphs[0]"),
    ],
)
def test_broken_parts_are_named(data: dict[str, Any], place: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        convert(data)
    assert caught.value.field == place
