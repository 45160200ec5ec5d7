"""Make a project full of takes that look real, quickly: `python tools/make_takes.py FOLDER COUNT`.

Each is a whole PNG with the text chunks of its maker: takes of the studio (`prompt`, `workflow`, `studio`),
plain ComfyUI files (`prompt`, `workflow`) and files of A1111 (`parameters`). The pixels come from a few
pictures drawn before, so that a hundred thousand files are a matter of a minute; a few are exact copies of
others. The same seed makes the same tree.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import struct
import time
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.cinema import preset
from studio.png import PNG_SIGNATURE
from studio.provenance import Provenance
from studio.shot import Shot
from studio.workflow import find_template

PRESETS = ("moonlight", "blade_runner_2049", "vertigo", "the_revenant", "amelie", "in_the_mood_for_love")
TEMPLATES = ("flux", "sdxl", "sd35", "qwen-image")
SIZES = ((1344, 576), (1024, 1024), (1216, 832), (832, 1216))
BACKENDS = ("sketch", "tower", "attic", "cloud-a40")
_VOCABULARY = """
rain neon harbour lighthouse keeper storm brass lamp ferry dusk letter wheelhouse passenger fog pier rope
gull window salt night lantern coat stairs mirror corridor train smoke alley market umbrella reflection
silhouette backlight dust curtain violin soldier horse field wheat river bridge snow forest candle
"""
WORDS = tuple(_VOCABULARY.split())
_NOTES = tuple(
    f"## {title}\n\n" + " ".join(f"Put **{word}.safetensors** into `models/{word}`." for word in WORDS[:12])
    for title in ("Model files", "How to use this workflow", "Report an issue")
)
EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
_SEED_MARK = 1234567890123456789
_WORDS_MARK = "@@subject@@"


@dataclass
class Maker:
    """Draws pictures and fills in chunks; each `png` is another file.

    Args:
        seed: Of everything.
        side: Pixels of the pictures' longer side are divided by this: 1 for real sizes.
        copies: Share of files that are byte for byte another one.
    """

    seed: int = 7
    side: int = 1
    copies: float = 0.01
    _random: random.Random = field(init=False)
    _pictures: list[tuple[int, int, bytes]] = field(init=False)
    _forms: list[_Form] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._pictures = [_picture(number, *SIZES[number % len(SIZES)], self.side) for number in range(24)]
        self._forms = _forms()

    def png(self, number: int, *, panel: str = "", project: str = "film") -> bytes:
        """The bytes of take `number`."""
        random_ = random.Random(f"{self.seed}/{number}")
        width, height, pixels = self._pictures[random_.randrange(len(self._pictures))]
        subject = " ".join(random_.choices(WORDS, k=random_.randint(8, 60)))
        seed = random_.getrandbits(64)
        draw = random_.random()
        form = self._forms[random_.randrange(len(self._forms))]
        if draw < 0.12:
            chunks = [_text(b"parameters", _a1111(random_, subject, seed, width, height))]
        else:
            chunks = [
                _text(b"prompt", _fill(form.prompt, subject, seed)),
                _text(b"workflow", _fill(form.workflow, subject, seed)),
            ]
            if draw > 0.3:
                created = EPOCH + timedelta(seconds=number * 37)
                chunks.insert(
                    0, _itext(b"studio", _provenance(form, random_, subject, seed, created, panel, number))
                )
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return b"".join([PNG_SIGNATURE, _chunk(b"IHDR", header), *chunks, pixels, _chunk(b"IEND", b"")])


def make_takes(
    root: Path, count: int, *, folders: int = 50, maker: Maker | None = None, start: int = 0
) -> list[Path]:
    """Write `count` takes into `folders` folders of `root`.

    Args:
        root: The project; made if need be.
        count: How many.
        folders: Panels, `01_Panel` and so on.
        maker: What draws them.
        start: Number of the first, to add to a tree.

    Returns:
        Their paths, in the order of their making.
    """
    maker = maker or Maker()
    made: list[Path] = []
    last: dict[int, bytes] = {}
    names = [f"{number + 1:02d}_{WORDS[number % len(WORDS)].title()}" for number in range(folders)]
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)
    chance = random.Random(maker.seed + start)
    for number in range(start, start + count):
        folder = number % folders
        panel = names[folder]
        path = root / panel / f"film_{panel}_v{number // folders + 1:03d}.png"
        copy = chance.random() < maker.copies and last.get(chance.randrange(folders))
        data = copy or maker.png(number, panel=panel)
        path.write_bytes(data)
        moment = (EPOCH + timedelta(seconds=number * 37)).timestamp()
        os.utime(path, (moment, moment))
        last[folder] = data
        made.append(path)
    return made


@dataclass(frozen=True)
class _Form:
    """The texts of one template with one look, in which subject and seed are marks."""

    template: str
    preset: str
    prompt: str
    workflow: str
    shot: str
    graph: str


def _forms() -> list[_Form]:
    forms = []
    for number, template in enumerate(TEMPLATES):
        for name in PRESETS[number % 2 :: 2]:
            look = preset(name)
            shot = Shot(look=look, subject=_WORDS_MARK, template=template, seed=_SEED_MARK)
            graph = find_template(template).build(
                prompt=f"{_WORDS_MARK}, {name.replace('_', ' ')}, cinematic still", seed=_SEED_MARK
            )
            forms.append(
                _Form(
                    template,
                    name,
                    json.dumps(graph),
                    json.dumps(_editor_form(graph)),
                    json.dumps(shot.model_dump(mode="json", exclude_none=True)),
                    f"{zlib.crc32(template.encode()):08x}" * 8,
                )
            )
    return forms


def _editor_form(graph: dict[str, Any]) -> dict[str, Any]:
    """Something of the size and shape of what ComfyUI's editor saves."""
    nodes: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    for place, (id_, node) in enumerate(graph.items()):
        inputs: list[dict[str, Any]] = []
        for name, value in node["inputs"].items():
            if isinstance(value, list) and len(value) == 2:
                links.append([len(links) + 1, value[0], value[1], id_, len(inputs), "*"])
                inputs.append({"localized_name": name, "name": name, "type": "*", "link": len(links)})
            else:
                widget = {"localized_name": name, "name": name, "type": "*", "widget": {"name": name}}
                inputs.append({**widget, "link": None})
        nodes.append(
            {
                "id": place + 1,
                "type": node["class_type"],
                "pos": [320.5 * place, 180.25],
                "size": [315, 262],
                "flags": {},
                "order": place,
                "mode": 0,
                "inputs": inputs,
                "outputs": [
                    {"localized_name": "OUT", "name": "OUT", "type": "*", "slot_index": 0, "links": []}
                ],
                "properties": {
                    "cnr_id": "comfy-core",
                    "ver": "0.3.64",
                    "Node name for S&R": node["class_type"],
                },
                "widgets_values": [v for v in node["inputs"].values() if not isinstance(v, list)],
            }
        )
    for place, note in enumerate(_NOTES):
        nodes.append(
            {
                "id": 100 + place,
                "type": "MarkdownNote",
                "pos": [-420, 260 * place],
                "size": [330, 220],
                "flags": {},
                "order": 100 + place,
                "mode": 0,
                "inputs": [],
                "outputs": [],
                "properties": {},
                "widgets_values": [note],
                "color": "#432",
                "bgcolor": "#653",
            }
        )
    return {
        "id": "0f3c9a52-1d3b-4f6e-9a44-0b8f6f6c2d11",
        "revision": 0,
        "last_node_id": len(nodes),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {"ds": {"scale": 0.8264, "offset": [312.4, 88.1]}, "frontendVersion": "1.27.10"},
        "version": 0.4,
    }


def _fill(text: str, subject: str, seed: int) -> str:
    return text.replace(_WORDS_MARK, subject).replace(str(_SEED_MARK), str(seed))


def _provenance(
    form: _Form, random_: random.Random, subject: str, seed: int, created: datetime, panel: str, number: int
) -> str:
    backend = random_.choice(BACKENDS)
    job = uuid.UUID(int=random_.getrandbits(128), version=4)
    record = Provenance.model_construct(
        studio="0.1.0",
        created=created,
        project="film",
        panel=panel,
        version=number // 50 + 1,
        shot_data=None,
        template=form.template,
        graph=form.graph,
        job=str(job),
        backend=backend,
        backend_url=f"http://{backend}:8188",
        comfyui="0.3.64",
        seconds=round(random_.uniform(3, 180), 3),
        node="9",
    )
    shot = _fill(form.shot, subject, seed)
    return record.to_json().replace('"shot": null', f'"shot": {shot}', 1)


def _a1111(random_: random.Random, subject: str, seed: int, width: int, height: int) -> str:
    return (
        f"{subject}, <lora:film_grain:0.6>\nNegative prompt: blurry, text, watermark\n"
        f"Steps: {random_.choice((20, 28, 35))}, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, "
        f"Seed: {seed}, Size: {width}x{height}, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, "
        "Version: v1.10.1"
    )


def _picture(number: int, width: int, height: int, divide: int) -> tuple[int, int, bytes]:
    """Width, height and IDAT chunks of a soft picture with some grain."""
    width, height = max(8, width // divide), max(8, height // divide)
    noise = np.random.default_rng(number)
    small = noise.integers(0, 255, (6, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    grain = noise.integers(0, 5, (height // 8 + 1, width // 8 + 1, 1), dtype=np.uint8)
    grain = grain.repeat(8, 0).repeat(8, 1)[:height, :width]
    array = np.asarray(picture).astype(np.int16) // 8 * 8 + grain
    buffer = io.BytesIO()
    Image.fromarray(np.clip(array, 0, 255).astype(np.uint8)).save(buffer, "PNG", compress_level=6)
    data = buffer.getvalue()
    at, parts = len(PNG_SIGNATURE), []
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            parts.append(data[at : at + 12 + size])
        at += 12 + size
    return width, height, b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _text(keyword: bytes, text: str) -> bytes:
    return _chunk(b"tEXt", keyword + b"\0" + text.encode("latin-1", "replace"))


def _itext(keyword: bytes, text: str) -> bytes:
    return _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--folders", type=int, default=50)
    parser.add_argument(
        "--divide", type=int, default=2, help="pictures are smaller by this, 1 for real sizes"
    )
    given = parser.parse_args()
    start = time.monotonic()
    made = make_takes(given.folder, given.count, folders=given.folders, maker=Maker(side=given.divide))
    size = sum(path.stat().st_size for path in made) / 1e6
    print(f"{len(made):,} takes, {size:,.0f} MB, in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
