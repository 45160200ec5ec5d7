"""Video models that are told how the camera moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.sketch.nodes.base import integer, link, listed_choice, node, number, size
from studio.sketch.nodes.clips import BOTH, VIDEO_MODELS, Pair, clip_shape, empty_clip, from_frames
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, NamedModel, Pixels, Vae

POSES = {
    "Static": "static",
    "Pan Up": "crane_up",
    "Pan Down": "crane_down",
    "Pan Left": "truck_left",
    "Pan Right": "truck_right",
    "Zoom In": "zoom_in",
    "Zoom Out": "zoom_out",
    "Anti Clockwise (ACW)": "roll",
    "ClockWise (CW)": "roll",
}
"""Wan's camera poses → movement types of a look."""


@dataclass(frozen=True)
class CameraMove:
    """A camera move, by the movement type of a look."""

    movement: str


@node(
    "WanCameraEmbedding",
    category="camera",
    display=None,
    required={
        "camera_pose": listed_choice(tuple(POSES), default="Static"),
        "width": size(832, 16, step=16),
        "height": size(480, 16, step=16),
        "length": integer(81, 1, 16384, step=4),
    },
    optional={
        "speed": number(1.0, 0, 10.0, step=0.1),
        "fx": number(0.5, 0, 1, step=1e-9),
        "fy": number(0.5, 0, 1, step=1e-9),
        "cx": number(0.5, 0, 1, step=0.01),
        "cy": number(0.5, 0, 1, step=0.01),
    },
    outputs="WAN_CAMERA_EMBEDDING INT INT INT",
    names="camera_embedding width height length",
)
def wan_camera_embedding(
    run: NodeRun, *, camera_pose: str, width: int, height: int, length: int, **lens: object
) -> tuple[CameraMove, int, int, int]:
    return CameraMove(POSES[camera_pose]), width, height, length


@node(
    "WanCameraImageToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "vae": link("VAE"), **clip_shape((16, 16), (81, 1, 4), 832, 480)},
    optional={
        "clip_vision_output": link("CLIP_VISION_OUTPUT"),
        "start_image": link("IMAGE"),
        "camera_conditions": link("WAN_CAMERA_EMBEDDING"),
    },
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def wan_camera_image_to_video(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    clip_vision_output: Pixels | None = None,
    start_image: Pixels | None = None,
    camera_conditions: CameraMove | None = None,
) -> Pair:
    told = replace(positive, movement=camera_conditions.movement) if camera_conditions else positive
    return from_frames(
        told, negative, empty_clip(width, height, length, batch_size, 16, 4), start_image, None
    )


@node(
    "SVD_img2vid_Conditioning",
    category=VIDEO_MODELS,
    required={
        "clip_vision": link("CLIP_VISION"),
        "init_image": link("IMAGE"),
        "vae": link("VAE"),
        "width": size(1024, 16, step=8),
        "height": size(576, 16, step=8),
        "video_frames": integer(14, 1, 4096),
        "motion_bucket_id": integer(127, 1, 1023),
        "fps": integer(6, 1, 1024),
        "augmentation_level": number(0.0, 0.0, 10.0, step=0.01),
    },
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def svd_image_to_video(
    run: NodeRun,
    *,
    clip_vision: NamedModel,
    init_image: Pixels,
    vae: Vae,
    width: int,
    height: int,
    video_frames: int,
    **motion: object,
) -> Pair:
    positive = Conditioning(movement="push_in")
    return from_frames(
        positive, Conditioning(), empty_clip(width, height, video_frames, 1, 4, 1), init_image, None
    )
