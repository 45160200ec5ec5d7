from __future__ import annotations

from typing import Any

import pytest

from studio.workflow import find_template, outputs, phases
from studio.workflow.plan import sampler_steps


def node(class_type: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title or class_type}}


def sampled(sigmas: list[Any], **schedule: dict[str, Any]) -> dict[str, Any]:
    return {
        "s": node("SamplerCustomAdvanced", guider=["g", 0], sigmas=sigmas),
        "g": node("BasicGuider"),
        **schedule,
    }


def test_two_samplers_come_in_the_order_in_which_they_run() -> None:
    graph = {
        "11": node("KSampler", "second pass", steps=10, denoise=0.6, latent_image=["10", 0]),
        "10": node("LatentUpscale", samples=["3", 0]),
        "3": node("KSampler", "first pass", steps=30, latent_image=["5", 0]),
        "5": node("EmptyLatentImage", width=64, height=64),
        "9": node("SaveImage", images=["8", 0], filename_prefix="shots/a"),
        "8": node("VAEDecode", samples=["11", 0]),
        "20": node("KSampler", "leads nowhere", steps=99, latent_image=["5", 0]),
    }
    first, second = phases(graph)
    assert (first.node, first.title, first.steps, first.weight) == ("3", "first pass", 30, 0.75)
    assert (second.node, second.steps, second.weight) == ("11", 10, 0.25)


def test_a_larger_second_pass_weighs_more() -> None:
    graph = {
        "1": node("EmptyLatentImage", width=512, height=512),
        "2": node("KSampler", steps=20, latent_image=["1", 0]),
        "3": node("LatentUpscaleBy", samples=["2", 0], scale_by=2.0),
        "4": node("KSampler", steps=20, latent_image=["3", 0]),
        "5": node("ImageScale", image=["4", 0], width=2048, height=["w", 0]),
        "w": node("PrimitiveInt", value=2048),
        "6": node("VAEEncode", pixels=["5", 0]),
        "7": node("KSampler", steps=5, latent_image=["6", 0]),
        "8": node("SaveImage", images=["7", 0]),
    }
    assert [phase.weight for phase in phases(graph)] == [1 / 9, 4 / 9, 4 / 9]  # steps × pixels


def test_steps_of_a_part_of_a_schedule() -> None:
    graph = {"1": node("KSamplerAdvanced", steps=20, start_at_step=0, end_at_step=8, latent_image=["0", 0])}
    assert sampler_steps(graph, "1") == 8
    graph["1"]["inputs"] |= {"start_at_step": 8, "end_at_step": 10000}
    assert sampler_steps(graph, "1") == 12


@pytest.mark.parametrize(
    ("split", "output", "steps"),
    [
        (node("FlipSigmas", sigmas=["b", 0]), 0, 24),
        (node("SplitSigmas", sigmas=["b", 0], step=9), 0, 9),
        (node("SplitSigmas", sigmas=["b", 0], step=9), 1, 15),
        (node("SplitSigmasDenoise", sigmas=["b", 0], denoise=0.25), 0, 18),
        (node("SplitSigmasDenoise", sigmas=["b", 0], denoise=0.25), 1, 6),
        (node("ExtendIntermediateSigmas", sigmas=["b", 0], steps=2), 0, 0),
        (node("SomebodysSigmas", sigmas=["b", 0]), 0, 0),
    ],
)
def test_steps_follow_the_noise_schedule(split: dict[str, Any], output: int, steps: int) -> None:
    graph = sampled(
        ["x", output], x=split, b=node("BasicScheduler", steps=["p", 0]), p=node("PrimitiveInt", value=24)
    )
    assert sampler_steps(graph, "s") == steps


def test_a_long_chain_of_splits_is_no_problem() -> None:
    chain = {str(n): node("SplitSigmas", sigmas=[str(n - 1), 1], step=1) for n in range(1, 3000)}
    graph = sampled(["2999", 1], **chain, **{"0": node("BasicScheduler", steps=5000)})
    assert sampler_steps(graph, "s") == 5000 - 2999


def test_a_sampler_of_a_custom_node_counts_and_unknown_steps_weigh_as_the_others() -> None:
    graph = {
        "1": node("MyFancySampler", model=["9", 0], latent=["2", 0]),
        "2": node("KSampler", steps=30, latent_image=["9", 0]),
        "3": node("SaveImage", images=["1", 0]),
        "9": node("Loader"),
    }
    assert [(phase.node, phase.steps, phase.weight) for phase in phases(graph)] == [
        ("2", 30, 0.5),
        ("1", 0, 0.5),
    ]


def test_outputs_and_their_kinds() -> None:
    graph = {
        "1": node("SaveImage", images=["8", 0], filename_prefix="shots/a"),
        "2": node("PreviewImage", images=["8", 0]),
        "3": node("SaveWEBM", images=["8", 0], fps=24.0),
        "4": node("VHS_VideoCombine", images=["8", 0], frame_rate=24),
        "5": node("SaveAudioMP3", audio=["8", 1]),
        "6": node("StrangeWriter", images=["8", 0], fps=24),
        "7": node("VAEDecode", samples=["8", 0]),
        "8": node("Loader"),
    }
    found = {output.node: (output.kind, output.saved) for output in outputs(graph)}
    assert found == {
        "1": ("image", True),
        "2": ("image", False),
        "3": ("video", True),
        "4": ("video", True),
        "5": ("audio", True),
        "6": ("video", True),
    }
    assert outputs(graph)[0].filename_prefix == "shots/a"


def test_phases_of_the_shipped_templates() -> None:
    assert [(p.node_class, p.steps) for p in phases(find_template("flux").workflow)] == [
        ("SamplerCustomAdvanced", 24)
    ]
    assert [(p.node_class, p.steps) for p in phases(find_template("sdxl").workflow)] == [("KSampler", 30)]
    assert phases(find_template("plate").workflow) == []
