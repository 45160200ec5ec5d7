"""Nodes that change how a model works; here each leaves a note on the model."""

from __future__ import annotations

from collections.abc import Mapping

from studio.sketch.nodes.base import Input, choice, flag, link, node, number, size, text
from studio.sketch.run import NodeRun
from studio.sketch.values import Model

MODEL, GUIDANCE, UNET = "advanced/model", "advanced/guidance", "model_patches/unet"


def _patch(
    name: str,
    category: str,
    required: Mapping[str, Input],
    *,
    display: str | None = "",
    names: str = "",
    optional: Mapping[str, Input] | None = None,
) -> None:
    """Declare one."""

    def patch(run: NodeRun, *, model: Model, **rest: object) -> Model:
        return model.patched(name)

    inputs = {"model": link("MODEL"), **required}
    node(
        name,
        category=category,
        display=display,
        required=inputs,
        optional=optional,
        outputs="MODEL",
        names=names,
    )(patch)


def _number(default: float, high: float, step: float = 0.01) -> Input:
    return number(default, 0.0, high, step=step)


def _free(default: float) -> Input:
    return number(default, 0.0, 1000.0, step=0.001, round=False)


def _layers() -> Input:
    return text("7, 8, 9", multiline=False)


def _range(start: float, end: float, step: float = 0.001) -> dict[str, Input]:
    return {"start_percent": _number(start, 1.0, step), "end_percent": _number(end, 1.0, step)}


_patch(
    "ModelSamplingDiscrete",
    MODEL,
    {"sampling": choice(("eps", "v_prediction", "lcm", "x0", "img_to_img")), "zsnr": flag(False)},
)
_patch("ModelSamplingSD3", MODEL, {"shift": _number(3.0, 100.0)})
_patch("ModelSamplingAuraFlow", MODEL, {"shift": _number(1.73, 100.0)})
_patch(
    "ModelSamplingFlux",
    MODEL,
    {
        "max_shift": _number(1.15, 100.0),
        "base_shift": _number(0.5, 100.0),
        "width": size(1024, 16, step=8),
        "height": size(1024, 16, step=8),
    },
)
_patch(
    "ModelSamplingContinuousEDM",
    MODEL,
    {
        "sampling": choice(("v_prediction", "edm", "edm_playground_v2.5", "eps", "cosmos_rflow")),
        "sigma_max": _free(120.0),
        "sigma_min": _free(0.002),
    },
)
_patch(
    "ModelSamplingLTXV",
    MODEL,
    {"max_shift": _number(2.05, 100.0), "base_shift": _number(0.95, 100.0)},
    display=None,
    optional={"latent": link("LATENT")},
)
_patch("RescaleCFG", MODEL, {"multiplier": _number(0.7, 1.0)})
_patch("CFGNorm", GUIDANCE, {"strength": _number(1.0, 100.0)}, display=None, names="patched_model")
_patch("CFGZeroStar", GUIDANCE, {}, display=None, names="patched_model")
_patch(
    "SkipLayerGuidanceDiT",
    GUIDANCE,
    {
        "double_layers": _layers(),
        "single_layers": _layers(),
        "scale": _number(3.0, 10.0, 0.1),
        **_range(0.01, 0.15),
        "rescaling_scale": _number(0.0, 10.0),
    },
    display=None,
)
_patch(
    "SkipLayerGuidanceSD3",
    GUIDANCE,
    {"layers": _layers(), "scale": _number(3.0, 10.0, 0.1), **_range(0.01, 0.15)},
    display=None,
)
_patch(
    "DifferentialDiffusion",
    "_for_testing",
    {},
    display="Differential Diffusion",
    optional={"strength": _number(1.0, 1.0)},
)
_patch(
    "FreeU_V2",
    UNET,
    {name: _number(default, 10.0) for name, default in (("b1", 1.3), ("b2", 1.4), ("s1", 0.9), ("s2", 0.2))},
)
_patch(
    "PerturbedAttentionGuidance",
    UNET,
    {"scale": number(3.0, 0.0, 100.0, step=0.01, round=0.01)},
    display=None,
)
_patch(
    "EasyCache",
    "advanced/debug/model",
    {"reuse_threshold": _number(0.2, 3.0), **_range(0.15, 0.95, 0.01), "verbose": flag(False)},
)
_patch(
    "VideoLinearCFGGuidance",
    "sampling/video_models",
    {"min_cfg": number(1.0, 0.0, 100.0, step=0.5, round=0.01)},
)
_patch(
    "UNetTemporalAttentionMultiply",
    "_for_testing/attention_experiments",
    {f"{way}_{kind}": _number(1.0, 10.0) for way in ("self", "cross") for kind in ("structural", "temporal")},
    display=None,
)
