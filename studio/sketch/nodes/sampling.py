"""Samplers: they take their steps, show the picture emerging, and leave it in the latent."""

from __future__ import annotations

from studio.sketch.drawing import Recipe, sample
from studio.sketch.nodes.base import Input, choice, flag, integer, link, node, number, seed
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, Guider, Latent, Model, Noise, Sigmas

SAMPLERS = (
    "euler", "euler_cfg_pp", "euler_ancestral", "euler_ancestral_cfg_pp", "heun", "heunpp2", "dpm_2",
    "dpm_2_ancestral", "lms", "dpm_fast", "dpm_adaptive", "dpmpp_2s_ancestral", "dpmpp_2s_ancestral_cfg_pp",
    "dpmpp_sde", "dpmpp_sde_gpu", "dpmpp_2m", "dpmpp_2m_cfg_pp", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu",
    "dpmpp_2m_sde_heun", "dpmpp_2m_sde_heun_gpu", "dpmpp_3m_sde", "dpmpp_3m_sde_gpu", "ddpm", "lcm", "ipndm",
    "ipndm_v", "deis", "res_multistep", "res_multistep_cfg_pp", "res_multistep_ancestral",
    "res_multistep_ancestral_cfg_pp", "gradient_estimation", "gradient_estimation_cfg_pp", "er_sde",
    "seeds_2", "seeds_3", "sa_solver", "sa_solver_pece", "ddim", "uni_pc", "uni_pc_bh2",
)  # fmt: skip
SCHEDULERS = (
    "simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal", "linear_quadratic",
    "kl_optimal",
)  # fmt: skip
CONDITIONS = {"positive": link("CONDITIONING"), "negative": link("CONDITIONING")}


def _steps() -> Input:
    return integer(20, 1, 10000)


def _cfg() -> Input:
    return number(8.0, 0.0, 100.0, step=0.1, round=0.01)


@node(
    "KSampler",
    category="sampling",
    required={
        "model": link("MODEL"),
        "seed": seed(),
        "steps": _steps(),
        "cfg": _cfg(),
        "sampler_name": choice(SAMPLERS),
        "scheduler": choice(SCHEDULERS),
        **CONDITIONS,
        "latent_image": link("LATENT"),
        "denoise": number(1.0, 0.0, 1.0, step=0.01),
    },
    outputs="LATENT",
    draws=True,
)
def ksampler(
    run: NodeRun,
    *,
    model: Model,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    denoise: float = 1.0,
) -> Latent:
    return sample(run, Recipe(model, positive, latent_image, seed, Sigmas.linear(steps, denoise)))


@node(
    "KSamplerAdvanced",
    category="sampling",
    display="KSampler (Advanced)",
    required={
        "model": link("MODEL"),
        "add_noise": choice(("enable", "disable")),
        "noise_seed": seed(),
        "steps": _steps(),
        "cfg": _cfg(),
        "sampler_name": choice(SAMPLERS),
        "scheduler": choice(SCHEDULERS),
        **CONDITIONS,
        "latent_image": link("LATENT"),
        "start_at_step": integer(0, 0, 10000),
        "end_at_step": integer(10000, 0, 10000),
        "return_with_leftover_noise": choice(("disable", "enable")),
    },
    outputs="LATENT",
    draws=True,
)
def ksampler_advanced(
    run: NodeRun,
    *,
    model: Model,
    add_noise: str,
    noise_seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    start_at_step: int,
    end_at_step: int,
    return_with_leftover_noise: str,
) -> Latent:
    levels = Sigmas.linear(steps).levels[start_at_step : end_at_step + 1]
    if return_with_leftover_noise == "disable" and levels:
        levels = (*levels[:-1], 0.0)
    return sample(
        run, Recipe(model, positive, latent_image, noise_seed, Sigmas(levels), add_noise == "enable")
    )


@node(
    "SamplerCustom",
    category="sampling/custom_sampling",
    required={
        "model": link("MODEL"),
        "add_noise": flag(True),
        "noise_seed": seed(),
        "cfg": _cfg(),
        **CONDITIONS,
        "sampler": link("SAMPLER"),
        "sigmas": link("SIGMAS"),
        "latent_image": link("LATENT"),
    },
    outputs="LATENT LATENT",
    names="output denoised_output",
    draws=True,
)
def sampler_custom(
    run: NodeRun,
    *,
    model: Model,
    add_noise: bool,
    noise_seed: int,
    cfg: float,
    positive: Conditioning,
    negative: Conditioning,
    sampler: str,
    sigmas: Sigmas,
    latent_image: Latent,
) -> tuple[Latent, Latent]:
    latent = sample(run, Recipe(model, positive, latent_image, noise_seed, sigmas, add_noise))
    return latent, latent


@node(
    "SamplerCustomAdvanced",
    category="sampling/custom_sampling",
    required={
        "noise": link("NOISE"),
        "guider": link("GUIDER"),
        "sampler": link("SAMPLER"),
        "sigmas": link("SIGMAS"),
        "latent_image": link("LATENT"),
    },
    outputs="LATENT LATENT",
    names="output denoised_output",
    draws=True,
)
def sampler_custom_advanced(
    run: NodeRun, *, noise: Noise, guider: Guider, sampler: str, sigmas: Sigmas, latent_image: Latent
) -> tuple[Latent, Latent]:
    recipe = Recipe(
        guider.model, guider.positive, latent_image, noise.seed or 0, sigmas, noise.seed is not None
    )
    latent = sample(run, recipe)
    return latent, latent
