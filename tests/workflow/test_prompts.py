"""Positive or negative is a matter of where a text ends up, not of what its node is called."""

from __future__ import annotations

from typing import Any

from studio.workflow.graph import Place
from studio.workflow.nodes import ObjectInfo
from studio.workflow.prompts import Side, prompt_sides

POSITIVE, NEGATIVE, BOTH = {Side.POSITIVE}, {Side.NEGATIVE}, {Side.POSITIVE, Side.NEGATIVE}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": "Negative prompt"}}


def text(words: str) -> dict[str, Any]:
    return node("CLIPTextEncode", text=words, clip=["c", 1])


def sides(graph: dict[str, Any], info: ObjectInfo | None = None) -> dict[str, set[Side]]:
    graph = {"c": node("CheckpointLoaderSimple", ckpt_name="a.safetensors"), **graph}
    return {str(place): set(found) for place, found in prompt_sides(graph, info).items()}


def sampler(positive: list[Any], negative: list[Any]) -> dict[str, Any]:
    return node(
        "KSampler", model=["c", 0], positive=positive, negative=negative, latent_image=["l", 0], seed=1
    )


def test_titles_do_not_matter() -> None:
    found = sides({"k": sampler(["p", 0], ["n", 0]), "p": text("sea"), "n": text("blur")})
    assert found == {"p.text": POSITIVE, "n.text": NEGATIVE}


def test_through_combine_concat_average_and_area() -> None:
    graph = {
        "k": sampler(["mix", 0], ["n", 0]),
        "mix": node("ConditioningCombine", conditioning_1=["cat", 0], conditioning_2=["area", 0]),
        "cat": node("ConditioningConcat", conditioning_to=["a", 0], conditioning_from=["b", 0]),
        "area": node("ConditioningSetArea", conditioning=["d", 0], width=64, height=64),
        "a": text("sea"),
        "b": text("storm"),
        "d": text("lighthouse"),
        "n": text("blur"),
    }
    assert sides(graph) == {"a.text": POSITIVE, "b.text": POSITIVE, "d.text": POSITIVE, "n.text": NEGATIVE}


def test_nodes_that_carry_both_sides_keep_them_apart() -> None:
    graph = {
        "k": sampler(["w", 0], ["w", 1]),
        "w": node("WanImageToVideo", positive=["cn", 0], negative=["cn", 1], vae=["c", 2], width=832),
        "cn": node("ControlNetApplyAdvanced", positive=["p", 0], negative=["n", 0], strength=1.0),
        "p": text("sea"),
        "n": text("blur"),
    }
    assert sides(graph) == {"p.text": POSITIVE, "n.text": NEGATIVE}


def test_crossed_wires_are_followed_as_they_are() -> None:
    graph = {
        "k": sampler(["cn", 1], ["cn", 0]),
        "cn": node("ControlNetApplyAdvanced", positive=["p", 0], negative=["n", 0], strength=1.0),
        "p": text("sea"),
        "n": text("blur"),
    }
    assert sides(graph) == {"p.text": NEGATIVE, "n.text": POSITIVE}


def test_guiders() -> None:
    basic = {
        "k": node("SamplerCustomAdvanced", guider=["g", 0], latent_image=["l", 0]),
        "g": node("BasicGuider", model=["c", 0], conditioning=["f", 0]),
        "f": node("FluxGuidance", conditioning=["p", 0], guidance=3.5),
        "p": text("sea"),
    }
    assert sides(basic) == {"p.text": POSITIVE}
    cfg = {**basic, "g": node("CFGGuider", positive=["f", 0], negative=["n", 0], cfg=4.0), "n": text("blur")}
    assert sides(cfg) == {"p.text": POSITIVE, "n.text": NEGATIVE}


def test_the_middle_of_a_three_way_guider_is_no_side_of_its_own() -> None:
    graph = {
        "k": node("SamplerCustomAdvanced", guider=["g", 0], latent_image=["l", 0]),
        "g": node("DualCFGGuider", cond1=["p", 0], cond2=["n", 0], negative=["n", 0]),
        "p": text("sea"),
        "n": text("blur"),
    }
    assert sides(graph) == {"p.text": POSITIVE, "n.text": NEGATIVE}
    graph["g"]["inputs"]["cond2"] = ["m", 0]
    graph["m"] = text("storm")
    assert sides(graph) == {"p.text": POSITIVE, "m.text": POSITIVE, "n.text": NEGATIVE}


def test_nothing_is_left_behind_a_zero_out() -> None:
    graph = {
        "k": sampler(["p", 0], ["z", 0]),
        "z": node("ConditioningZeroOut", conditioning=["p", 0]),
        "p": text("sea"),
    }
    assert sides(graph) == {"p.text": POSITIVE}


def test_one_text_for_both_sides_is_told() -> None:
    assert sides({"k": sampler(["p", 0], ["p", 0]), "p": text("sea")}) == {"p.text": BOTH}


def test_words_are_found_where_they_are_typed() -> None:
    graph = {
        "k": sampler(["p", 0], ["n", 0]),
        "p": node("CLIPTextEncode", text=["join", 0], clip=["c", 1]),
        "join": node("StringConcatenate", string_a=["s", 0], string_b="film grain", delimiter=", "),
        "s": node("PrimitiveStringMultiline", value="sea"),
        "n": node("CLIPTextEncodeSDXL", text_g="blur", text_l="noise", clip=["c", 1], width=1024),
    }
    assert sides(graph) == {
        "s.value": POSITIVE,
        "join.string_b": POSITIVE,
        "n.text_g": NEGATIVE,
        "n.text_l": NEGATIVE,
    }


def test_custom_nodes_without_a_backend_to_ask() -> None:
    graph = {
        "k": node("WanVideoSampler", model=["c", 0], text_embeds=["t", 0], samples=["l", 0]),
        "t": node("WanVideoTextEncode", positive_prompt="sea", negative_prompt="blur", t5=["c", 1]),
    }
    assert sides(graph) == {"t.positive_prompt": POSITIVE, "t.negative_prompt": NEGATIVE}
    loader = {
        "k": sampler(["e", 1], ["e", 2]),
        "e": node("Efficient Loader", positive="sea", negative="blur", ckpt_name="a.safetensors"),
    }
    info = ObjectInfo(
        {
            "Efficient Loader": {
                "input": {
                    "required": {"positive": ["STRING", {"multiline": True}], "negative": ["STRING", {}]}
                },
                "output": ["MODEL", "CONDITIONING", "CONDITIONING"],
                "output_name": ["MODEL", "positive", "negative"],
            }
        }
    )
    assert sides(loader, info) == {"e.positive": POSITIVE, "e.negative": NEGATIVE}


def test_a_node_that_makes_pictures_by_itself(object_info: dict[str, Any]) -> None:
    graph = {
        "v": node("KlingTextToVideoNode", prompt=["s", 0], negative_prompt="blur", cfg_scale=0.5),
        "s": node("PrimitiveString", value="sea"),
    }
    assert sides(graph, ObjectInfo(object_info)) == {"s.value": POSITIVE, "v.negative_prompt": NEGATIVE}


def test_a_text_that_goes_nowhere_is_no_prompt() -> None:
    assert sides({"k": sampler(["p", 0], ["p", 0]), "p": node("Nothing"), "x": text("sea")}) == {}


def test_places_are_places() -> None:
    graph = {
        "k": sampler(["p", 0], ["n", 0]),
        "p": text("a"),
        "n": text("b"),
        "c": node("CheckpointLoaderSimple"),
    }
    assert set(prompt_sides(graph)) == {Place("p", "text"), Place("n", "text")}


def test_pairs_of_conditionings_stay_apart() -> None:
    pair = node(
        "PairConditioningCombine",
        positive_A=["p", 0],
        negative_A=["n", 0],
        positive_B=["q", 0],
        negative_B=["n", 0],
    )
    graph = {
        "k": sampler(["x", 0], ["x", 1]),
        "x": pair,
        "p": text("sea"),
        "q": text("sky"),
        "n": text("blur"),
    }
    assert sides(graph) == {"p.text": POSITIVE, "q.text": POSITIVE, "n.text": NEGATIVE}
    pair["class_type"] = "PairConditioningSetDefaultAndCombine"
    inputs = {
        "positive": ["p", 0],
        "negative": ["n", 0],
        "positive_DEFAULT": ["q", 0],
        "negative_DEFAULT": ["n", 0],
    }
    graph["x"] = {**pair, "inputs": inputs}
    assert sides(graph) == {"p.text": POSITIVE, "q.text": POSITIVE, "n.text": NEGATIVE}


def test_a_pipe_that_hands_on_a_model_first_does_not_shift_the_sides() -> None:
    words = {"k": sampler(["x", 1], ["x", 2]), "x": node("Efficient Loader", positive="sea", negative="blur")}
    links = {**words, "x": node("Pipe", model=["c", 0], positive=["p", 0], negative=["n", 0])}
    links |= {"p": text("sea"), "n": text("blur")}
    loader = {
        "input": {"required": {name: ["STRING", {"multiline": True}] for name in ("positive", "negative")}},
        "output": ["MODEL", "CONDITIONING", "CONDITIONING"],
        "output_name": ["MODEL", "CONDITIONING+", "CONDITIONING-"],
    }
    for info in (None, ObjectInfo({"Efficient Loader": loader})):
        assert sides(words, info) == {"x.positive": POSITIVE, "x.negative": NEGATIVE}
        assert sides(links, info) == {"p.text": POSITIVE, "n.text": NEGATIVE}
