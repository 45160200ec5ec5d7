"""Files as other programs write them, made here byte by byte so that nothing foreign is in the tree."""

from __future__ import annotations

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from studio.cinema import Angle, preset
from studio.provenance import Provenance, embed_provenance
from studio.shot import Shot
from studio.workflow import LoraChoice, graph_hash

MEDIA = Path(__file__).parents[2] / "data" / "media"
TOP_SEED = 2**64 - 1


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def text_chunk(key: str, text: str, kind: bytes = b"tEXt") -> bytes:
    """A text chunk of any of the three kinds."""
    name = key.encode("latin-1") + b"\0"
    if kind == b"zTXt":
        return chunk(kind, name + b"\0" + zlib.compress(text.encode("latin-1")))
    if kind == b"iTXt":
        return chunk(kind, name + b"\0\0\0\0" + text.encode())
    return chunk(kind, name + text.encode("utf-8"))


def png(*chunks: bytes, width: int = 64, height: int = 48, after: bytes = b"") -> bytes:
    """A whole PNG of one grey, with `chunks` before its pixels and `after` behind them."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width)) * height)
    parts = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", pixels), after, chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def shot(template: str = "sdxl", **changes: Any) -> Shot:
    """A shot after a film, with the largest seed there is."""
    values: dict[str, Any] = {
        "look": preset("blade_runner_2049"),
        "subject": "a man in the rain",
        "angle": Angle.parse("front_eye-level_medium"),
        "template": template,
        "seed": TOP_SEED,
        "loras": (LoraChoice(name="film/film_grain.safetensors", strength_model=0.8),),
    }
    return Shot(**{**values, **changes})


def provenance(made: Shot, graph: dict[str, Any]) -> Provenance:
    """What the studio writes of a take of it."""
    return Provenance(
        shot=made.model_dump(mode="json"),
        project="film",
        panel="Hero",
        version=3,
        template=made.template,
        graph=graph_hash(graph),
        backend="gpu-1",
        seconds=12.5,
        job="3f2a",
        comfyui="0.3.64",
    )


def studio_png(made: Shot | None = None) -> bytes:
    """A take as the project saves it."""
    made = made or shot()
    graph = made.build()
    data = png(text_chunk("prompt", json.dumps(graph)), text_chunk("workflow", '{"nodes": [], "links": []}'))
    return embed_provenance(data, provenance(made, graph))


def comfyui_png(graph: object, workflow: object = None) -> bytes:
    """What `SaveImage` writes; either part may be left out."""
    parts = [("prompt", graph), ("workflow", workflow)]
    return png(
        *(
            text_chunk(key, value if isinstance(value, str) else json.dumps(value))
            for key, value in parts
            if value
        )
    )


A1111 = (
    "a castle on a hill, <lora:castle Lora:0.8> storm\nsecond line, Steps: of stone\n"
    "Negative prompt: blurry, ugly\nlowres\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 12345678901, Size: 512x768, "
    "Model hash: abc123def, Model: dreamshaper_8, Denoising strength: 0.4, Clip skip: 2, "
    'Hires prompt: "a, b: \\"c\\"", '
    'Hires upscale: 2, Hires upscaler: Latent, Lora hashes: "castle Lora: deadbeef, other: 1234", '
    "Version: v1.10.1"
)
FORGE = (
    "a lighthouse\nSteps: 24, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, "
    "Seed: 18446744073709551615, Size: 896x1152, Model hash: 2b02ef4b18, Model: flux1-dev-bnb-nf4-v2, "
    "Version: f2.0.1v1.10.1-previous-301-g8f1f0a5, Module 1: ae, Module 2: clip_l"
)
SWARMUI = json.dumps(
    {
        "sui_image_params": {
            "prompt": "a photo of a cat <lora:paws:0.5>",
            "negativeprompt": "dog",
            "model": "OfficialStableDiffusion/sd_xl_base_1.0",
            "seed": "9007199254740993",
            "steps": 20,
            "cfgscale": "7.0",
            "aspectratio": "1:1",
            "sampler": "dpmpp_2m",
            "scheduler": "karras",
            "loras": "styles/paws, eyes",
            "loraweights": "0.5,1",
            "initimagecreativity": "0.6",
            "swarm_version": "0.9.3.1",
        },
        "sui_extra_data": {"date": "2024-11-13", "generation_time": "6.11 (prep) and 4.84 (gen) seconds"},
    },
    indent=2,
)
INVOKEAI = json.dumps(
    {
        "generation_mode": "sdxl_txt2img",
        "positive_prompt": "a red fox",
        "negative_prompt": "snow",
        "positive_style_prompt": "photo",
        "width": 1024,
        "height": 1024,
        "seed": 4181241219,
        "cfg_scale": 5.5,
        "steps": 30,
        "scheduler": "dpmpp_2m_k",
        "model": {"key": "k", "hash": "blake3:1", "name": "Juggernaut XL v9", "base": "sdxl", "type": "main"},
        "strength": 0.7,
        "loras": [{"model": {"name": "Fur", "base": "sdxl"}, "weight": 0.75}],
        "app_version": "5.6.0",
    }
)
INVOKEAI_2 = json.dumps(
    {
        "model": "stable diffusion",
        "model_weights": "stable-diffusion-1.5",
        "app_version": "2.3.5",
        "image": {
            "prompt": [{"prompt": "a boat [people, text]", "weight": 1}],
            "steps": 50,
            "cfg_scale": 7.5,
            "seed": 2524487812,
            "sampler": "k_lms",
            "width": 512,
            "height": 512,
        },
    }
)
DREAM = '"a "small" boat [people]" -s 50 -S 2524487812 -W 512 -H 512 -C 7.5 -A k_lms'
NOVELAI = json.dumps(
    {
        "prompt": "old",
        "steps": 28,
        "height": 1216,
        "width": 832,
        "scale": 5.0,
        "seed": 3816166865,
        "noise_schedule": "karras",
        "sampler": "k_euler_ancestral",
        "uc": "lowres",
        "v4_prompt": {"caption": {"base_caption": "a girl", "char_captions": [{"char_caption": "red hat"}]}},
        "v4_negative_prompt": {"caption": {"base_caption": "blurry", "char_captions": []}},
        "request_type": "PromptGenerateRequest",
    }
)


def novelai_png() -> bytes:
    """With all of NovelAI's texts."""
    texts = {
        "Title": "NovelAI generated image",
        "Description": "a girl",
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4 37442FCA",
        "Generation time": "4.25",
        "Comment": NOVELAI,
    }
    return png(*(text_chunk(key, text) for key, text in texts.items()))


def exif(
    order: str, *, ascii_tags: dict[int, str] | None = None, comment: bytes = b"", turned: int = 1
) -> bytes:
    """An EXIF block: ASCII tags and orientation in the first directory, a UserComment in the Exif one.

    Args:
        order: `<` or `>`.
    """
    tags = {tag: value.encode() + b"\0" for tag, value in (ascii_tags or {}).items()}
    count = len(tags) + 2
    data_at = 8 + 2 + 12 * count + 4
    entries, data = [], b""
    for tag, value in sorted(tags.items()):
        if len(value) <= 4:
            entries.append(struct.pack(f"{order}HHI", tag, 2, len(value)) + value.ljust(4, b"\0"))
            continue
        entries.append(struct.pack(f"{order}HHII", tag, 2, len(value), data_at + len(data)))
        data += value
    entries.append(struct.pack(f"{order}HHIHH", 274, 3, 1, turned, 0))
    exif_at = data_at + len(data)
    entries.append(struct.pack(f"{order}HHII", 0x8769, 4, 1, exif_at))
    comment_at = exif_at + 2 + 12 + 4
    data += struct.pack(f"{order}HHHIII", 1, 0x9286, 7, len(comment), comment_at, 0) + comment
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + struct.pack(f"{order}H", count) + b"".join(entries) + bytes(4) + data


def user_comment(text: str, codec: str) -> bytes:
    """As WebUI (`utf-16-be`), others (`utf-16-le`) and plain programs (`ascii`) write it."""
    return (b"ASCII\0\0\0" if codec == "ascii" else b"UNICODE\0") + text.encode(codec, "replace")


def jpeg(block: bytes = b"", comment: bytes = b"", size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG with an EXIF block and a comment."""
    out = BytesIO()
    Image.new("RGB", size).save(out, "JPEG", comment=comment)
    data = out.getvalue()
    if not block:
        return data
    body = b"Exif\0\0" + block
    return data[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body + data[2:]


def picture(form: str, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A plain picture of a format that Pillow writes."""
    out = BytesIO()
    Image.new("RGB", size, (90, 60, 30)).save(out, form, **options)
    return out.getvalue()


def film(form: str, frames: int = 3, **options: Any) -> bytes:
    """A moving picture of a format that Pillow writes."""
    pictures = [Image.new("RGB", (64, 48), (80 * number, 10, 10)) for number in range(frames)]
    out = BytesIO()
    pictures[0].save(out, form, save_all=True, append_images=pictures[1:], **options)
    return out.getvalue()


def all_samples() -> dict[str, bytes]:
    """One file of each kind that is read, by name: what the fuzzer begins with."""
    graph = shot().build()
    nested = json.dumps({"prompt": json.dumps(graph), "workflow": {"nodes": []}})
    found = {
        "studio.png": studio_png(),
        "comfyui.png": comfyui_png(graph),
        "packed.png": png(text_chunk("parameters", A1111, b"zTXt"), text_chunk("Software", "x", b"iTXt")),
        "a1111.png": png(text_chunk("parameters", A1111)),
        "swarmui.png": png(text_chunk("parameters", SWARMUI, b"iTXt")),
        "invokeai.png": png(text_chunk("invokeai_metadata", INVOKEAI)),
        "invokeai2.png": png(text_chunk("sd-metadata", INVOKEAI_2), text_chunk("Dream", DREAM)),
        "novelai.png": novelai_png(),
        "forge.jpg": jpeg(exif(">", comment=user_comment(FORGE, "utf-16-be"))),
        "little.jpg": jpeg(exif("<", comment=user_comment(A1111, "utf-16-le"), turned=6)),
        "comfyui.jpg": jpeg(exif("<", ascii_tags={271: "workflow:{}", 272: f"prompt:{json.dumps(graph)}"})),
        "nested.jpg": jpeg(comment=nested.encode()),
        "plain.gif": film("GIF", duration=100),
        "plain.webp": film("WEBP", duration=100),
        "plain.bmp": picture("BMP"),
        "plain.tif": picture("TIFF"),
        "plain.avif": picture("AVIF", exif=exif(">", comment=user_comment(FORGE, "utf-16-be"))),
    }
    return found | {path.name: path.read_bytes() for path in sorted(MEDIA.iterdir())}
