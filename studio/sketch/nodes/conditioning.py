"""Prompts, and the pictures that go with them."""

from __future__ import annotations

from dataclasses import replace

from studio.sketch.nodes.base import (
    Input,
    choice,
    integer,
    link,
    listed_choice,
    node,
    number,
    prompt_text,
    size,
)  # fmt: skip
from studio.sketch.run import NodeRun
from studio.sketch.values import Clip, Conditioning, Pixels, Vae

CONDITIONING = link("CONDITIONING")


def joined(*texts: str) -> str:
    """Texts after one another, each once."""
    return ", ".join(dict.fromkeys(text for text in texts if text.strip()))


def merged(first: Conditioning, second: Conditioning) -> Conditioning:
    """Two conditionings as one."""
    return replace(
        first,
        text=joined(first.text, second.text),
        references=(*first.references, *second.references),
        hints=(*first.hints, *second.hints),
    )


@node(
    "CLIPTextEncode",
    category="conditioning",
    display="CLIP Text Encode (Prompt)",
    required={"text": prompt_text(), "clip": link("CLIP")},
    outputs="CONDITIONING",
)
def text_encode(run: NodeRun, *, text: str, clip: Clip) -> Conditioning:
    return Conditioning(text)


@node(
    "CLIPTextEncodeSDXL",
    category="advanced/conditioning",
    display=None,
    required={
        "clip": link("CLIP"),
        "width": size(1024),
        "height": size(1024),
        "crop_w": size(0),
        "crop_h": size(0),
        "target_width": size(1024),
        "target_height": size(1024),
        "text_g": prompt_text(),
        "text_l": prompt_text(),
    },
    outputs="CONDITIONING",
)
def text_encode_sdxl(run: NodeRun, *, text_g: str, text_l: str, **sizes: object) -> Conditioning:
    return Conditioning(joined(text_g, text_l))


@node(
    "CLIPTextEncodeSDXLRefiner",
    category="advanced/conditioning",
    display=None,
    required={
        "ascore": number(6.0, 0.0, 1000.0, step=0.01),
        "width": size(1024),
        "height": size(1024),
        "text": prompt_text(),
        "clip": link("CLIP"),
    },
    outputs="CONDITIONING",
)
def text_encode_sdxl_refiner(run: NodeRun, *, text: str, **others: object) -> Conditioning:
    return Conditioning(text)


@node(
    "CLIPTextEncodeSD3",
    category="advanced/conditioning",
    display=None,
    required={
        "clip": link("CLIP"),
        "clip_l": prompt_text(),
        "clip_g": prompt_text(),
        "t5xxl": prompt_text(),
        "empty_padding": listed_choice(("none", "empty_prompt")),
    },
    outputs="CONDITIONING",
)
def text_encode_sd3(
    run: NodeRun, *, clip: Clip, clip_l: str, clip_g: str, t5xxl: str, empty_padding: str
) -> Conditioning:
    return Conditioning(joined(t5xxl, clip_g, clip_l))


def _guidance() -> Input:
    return number(3.5, 0.0, 100.0, step=0.1)


@node(
    "CLIPTextEncodeFlux",
    category="advanced/conditioning/flux",
    display=None,
    required={"clip": link("CLIP"), "clip_l": prompt_text(), "t5xxl": prompt_text(), "guidance": _guidance()},
    outputs="CONDITIONING",
)
def text_encode_flux(run: NodeRun, *, clip: Clip, clip_l: str, t5xxl: str, guidance: float) -> Conditioning:
    return Conditioning(joined(t5xxl, clip_l))


@node(
    "TextEncodeQwenImageEdit",
    category="advanced/conditioning",
    display=None,
    required={"clip": link("CLIP"), "prompt": prompt_text()},
    optional={"vae": link("VAE"), "image": link("IMAGE")},
    outputs="CONDITIONING",
)
def text_encode_qwen_edit(
    run: NodeRun, *, clip: Clip, prompt: str, vae: Vae | None = None, image: Pixels | None = None
) -> Conditioning:
    return Conditioning(prompt, references=() if image is None else (image,))


@node(
    "TextEncodeQwenImageEditPlus",
    category="advanced/conditioning",
    display=None,
    required={"clip": link("CLIP"), "prompt": prompt_text()},
    optional={"vae": link("VAE"), **{f"image{place}": link("IMAGE") for place in (1, 2, 3)}},
    outputs="CONDITIONING",
)
def text_encode_qwen_edit_plus(
    run: NodeRun, *, clip: Clip, prompt: str, vae: Vae | None = None, **images: Pixels
) -> Conditioning:
    return Conditioning(prompt, references=tuple(images.values()))


@node(
    "ConditioningCombine",
    category="conditioning",
    display="Conditioning (Combine)",
    required={"conditioning_1": CONDITIONING, "conditioning_2": CONDITIONING},
    outputs="CONDITIONING",
)
def combine(run: NodeRun, *, conditioning_1: Conditioning, conditioning_2: Conditioning) -> Conditioning:
    return merged(conditioning_1, conditioning_2)


@node(
    "ConditioningConcat",
    category="conditioning",
    display="Conditioning (Concat)",
    required={"conditioning_to": CONDITIONING, "conditioning_from": CONDITIONING},
    outputs="CONDITIONING",
)
def concatenate(
    run: NodeRun, *, conditioning_to: Conditioning, conditioning_from: Conditioning
) -> Conditioning:
    return merged(conditioning_to, conditioning_from)


@node(
    "ConditioningAverage",
    category="conditioning",
    required={
        "conditioning_to": CONDITIONING,
        "conditioning_from": CONDITIONING,
        "conditioning_to_strength": number(1.0, 0.0, 1.0, step=0.01),
    },
    outputs="CONDITIONING",
)
def average(
    run: NodeRun,
    *,
    conditioning_to: Conditioning,
    conditioning_from: Conditioning,
    conditioning_to_strength: float,
) -> Conditioning:
    if conditioning_to_strength in (0.0, 1.0):
        return conditioning_to if conditioning_to_strength else conditioning_from
    return merged(conditioning_to, conditioning_from)


@node(
    "ConditioningZeroOut",
    category="advanced/conditioning",
    required={"conditioning": CONDITIONING},
    outputs="CONDITIONING",
)
def zero_out(run: NodeRun, *, conditioning: Conditioning) -> Conditioning:
    return replace(conditioning, text="")


@node(
    "ConditioningSetTimestepRange",
    category="advanced/conditioning",
    required={
        "conditioning": CONDITIONING,
        "start": number(0.0, 0.0, 1.0, step=0.001),
        "end": number(1.0, 0.0, 1.0, step=0.001),
    },
    outputs="CONDITIONING",
)
def set_timestep_range(run: NodeRun, *, conditioning: Conditioning, start: float, end: float) -> Conditioning:
    return conditioning


@node(
    "FluxGuidance",
    category="advanced/conditioning/flux",
    display=None,
    required={"conditioning": CONDITIONING, "guidance": _guidance()},
    outputs="CONDITIONING",
)
def flux_guidance(run: NodeRun, *, conditioning: Conditioning, guidance: float) -> Conditioning:
    return conditioning


@node(
    "ConditioningSetArea",
    category="conditioning",
    display="Conditioning (Set Area)",
    required={
        "conditioning": CONDITIONING,
        "width": size(64, 64, step=8),
        "height": size(64, 64, step=8),
        "x": size(0, step=8),
        "y": size(0, step=8),
        "strength": number(1.0, 0.0, 10.0, step=0.01),
    },
    outputs="CONDITIONING",
)
def set_area(run: NodeRun, *, conditioning: Conditioning, **area: object) -> Conditioning:
    return conditioning


@node(
    "ConditioningSetMask",
    category="conditioning",
    display="Conditioning (Set Mask)",
    required={
        "conditioning": CONDITIONING,
        "mask": link("MASK"),
        "strength": number(1.0, 0.0, 10.0, step=0.01),
        "set_cond_area": choice(("default", "mask bounds")),
    },
    outputs="CONDITIONING",
)
def set_mask(run: NodeRun, *, conditioning: Conditioning, **where: object) -> Conditioning:
    return conditioning


@node(
    "T5TokenizerOptions",
    category="_for_testing/conditioning",
    display=None,
    required={
        "clip": link("CLIP"),
        "min_padding": integer(0, 0, 10000, step=1),
        "min_length": integer(0, 0, 10000, step=1),
    },
    outputs="CLIP",
)
def tokenizer_options(run: NodeRun, *, clip: Clip, min_padding: int, min_length: int) -> Clip:
    return clip
