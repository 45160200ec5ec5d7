"""The parts that custom samplers are put together from: noise, guiders, samplers, schedules."""

from __future__ import annotations

from studio.sketch.nodes.base import (
    Input,
    choice,
    flag,
    integer,
    link,
    listed_choice,
    node,
    number,
    seed,
)  # fmt: skip
from studio.sketch.nodes.sampling import SAMPLERS, SCHEDULERS
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, Guider, Model, Noise, Sigmas

SAMPLING = "sampling/custom_sampling"


def _share() -> Input:
    return number(1.0, 0.0, 1.0, step=0.01)


def _cfg() -> Input:
    return number(8.0, 0.0, 100.0, step=0.1, round=0.01)


@node("RandomNoise", category=f"{SAMPLING}/noise", required={"noise_seed": seed()}, outputs="NOISE")
def random_noise(run: NodeRun, *, noise_seed: int) -> Noise:
    return Noise(noise_seed)


@node("DisableNoise", category=f"{SAMPLING}/noise", required={}, outputs="NOISE")
def disable_noise(run: NodeRun) -> Noise:
    return Noise(None)


@node(
    "BasicGuider",
    category=f"{SAMPLING}/guiders",
    required={"model": link("MODEL"), "conditioning": link("CONDITIONING")},
    outputs="GUIDER",
)
def basic_guider(run: NodeRun, *, model: Model, conditioning: Conditioning) -> Guider:
    return Guider(model, conditioning)


@node(
    "CFGGuider",
    category=f"{SAMPLING}/guiders",
    required={
        "model": link("MODEL"),
        "positive": link("CONDITIONING"),
        "negative": link("CONDITIONING"),
        "cfg": _cfg(),
    },
    outputs="GUIDER",
)
def cfg_guider(
    run: NodeRun, *, model: Model, positive: Conditioning, negative: Conditioning, cfg: float
) -> Guider:
    return Guider(model, positive)


@node(
    "DualCFGGuider",
    category=f"{SAMPLING}/guiders",
    required={
        "model": link("MODEL"),
        "cond1": link("CONDITIONING"),
        "cond2": link("CONDITIONING"),
        "negative": link("CONDITIONING"),
        "cfg_conds": _cfg(),
        "cfg_cond2_negative": _cfg(),
        "style": choice(("regular", "nested")),
    },
    outputs="GUIDER",
)
def dual_cfg_guider(run: NodeRun, *, model: Model, cond1: Conditioning, **others: object) -> Guider:
    return Guider(model, cond1)


@node(
    "KSamplerSelect",
    category=f"{SAMPLING}/samplers",
    required={"sampler_name": choice(SAMPLERS)},
    outputs="SAMPLER",
)
def ksampler_select(run: NodeRun, *, sampler_name: str) -> str:
    return sampler_name


def _steps(default: int = 20, low: int = 1, high: int = 10000) -> Input:
    return integer(default, low, high)


def _free(default: float, high: float) -> Input:
    return number(default, 0.0, high, step=0.01, round=False)


_MODEL = {"model": link("MODEL")}
_SIGMAS = {"sigma_max": _free(14.614642, 5000.0), "sigma_min": _free(0.0291675, 5000.0)}
_SCHEDULES: dict[str, dict[str, Input]] = {
    "BasicScheduler": {
        **_MODEL,
        "scheduler": choice(SCHEDULERS),
        "steps": _steps(),
        "denoise": _share(),
    },
    "KarrasScheduler": {"steps": _steps(), **_SIGMAS, "rho": _free(7.0, 100.0)},
    "ExponentialScheduler": {"steps": _steps(), **_SIGMAS},
    "SDTurboScheduler": {**_MODEL, "steps": _steps(1, 1, 10), "denoise": _share()},
    "BetaSamplingScheduler": {
        **_MODEL,
        "steps": _steps(),
        "alpha": _free(0.6, 50.0),
        "beta": _free(0.6, 50.0),
    },
    "AlignYourStepsScheduler": {
        "model_type": listed_choice(("SD1", "SDXL", "SVD")),
        "steps": _steps(10),
        "denoise": _share(),
    },
    "OptimalStepsScheduler": {
        "model_type": listed_choice(("FLUX", "Wan", "Chroma")),
        "steps": _steps(20, 3, 1000),
        "denoise": _share(),
    },
    "LTXVScheduler": {
        "steps": _steps(),
        "max_shift": number(2.05, 0.0, 100.0, step=0.01),
        "base_shift": number(0.95, 0.0, 100.0, step=0.01),
        "stretch": flag(True),
        "terminal": number(0.1, 0.0, 0.99, step=0.01),
    },
}
_WITHOUT_DISPLAY_NAME = {"AlignYourStepsScheduler", "OptimalStepsScheduler", "LTXVScheduler"}


def _schedule(run: NodeRun, *, steps: int, denoise: float = 1.0, **rest: object) -> Sigmas:
    """Noise schedules differ here by their steps and denoise only."""
    return Sigmas.linear(steps, denoise)


for _name, _required in _SCHEDULES.items():
    node(
        _name,
        category=f"{SAMPLING}/schedulers",
        display=None if _name in _WITHOUT_DISPLAY_NAME else "",
        required=_required,
        optional={"latent": link("LATENT")} if _name == "LTXVScheduler" else {},
        outputs="SIGMAS",
    )(_schedule)


@node(
    "SplitSigmas",
    category=f"{SAMPLING}/sigmas",
    required={"sigmas": link("SIGMAS"), "step": integer(0, 0, 10000)},
    outputs="SIGMAS SIGMAS",
    names="high_sigmas low_sigmas",
)
def split_sigmas(run: NodeRun, *, sigmas: Sigmas, step: int) -> tuple[Sigmas, Sigmas]:
    return Sigmas(sigmas.levels[: step + 1]), Sigmas(sigmas.levels[step:])


@node(
    "SplitSigmasDenoise",
    category=f"{SAMPLING}/sigmas",
    required={"sigmas": link("SIGMAS"), "denoise": _share()},
    outputs="SIGMAS SIGMAS",
    names="high_sigmas low_sigmas",
)
def split_sigmas_denoise(run: NodeRun, *, sigmas: Sigmas, denoise: float) -> tuple[Sigmas, Sigmas]:
    step = sigmas.steps - round(sigmas.steps * denoise)
    return split_sigmas(run, sigmas=sigmas, step=step)  # type: ignore[no-any-return]


@node("FlipSigmas", category=f"{SAMPLING}/sigmas", required={"sigmas": link("SIGMAS")}, outputs="SIGMAS")
def flip_sigmas(run: NodeRun, *, sigmas: Sigmas) -> Sigmas:
    return Sigmas(sigmas.levels[::-1])


@node(
    "SetFirstSigma",
    category=f"{SAMPLING}/sigmas",
    required={"sigmas": link("SIGMAS"), "sigma": number(136.0, 0.0, 20000.0, step=0.001, round=False)},
    outputs="SIGMAS",
)
def set_first_sigma(run: NodeRun, *, sigmas: Sigmas, sigma: float) -> Sigmas:
    return sigmas
