"""The models that the server has: those of the templates, or the lists it is given."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from studio.data import data_folder
from studio.sketch.inventory import named_models, stock
from studio.sketch.library import Library, channels
from studio.sketch.nodes import NODES
from studio.workflow import templates


def test_every_model_of_every_template_is_there() -> None:
    library = Library()
    stock(library, NODES)
    for template in templates().values():
        for folder, name in named_models(template.workflow, NODES):
            assert name in library.names(folder)
    assert "sd_xl_base_1.0.safetensors" in library.names("checkpoints")


def test_a_project_s_templates_count_too(tmp_path: Path) -> None:
    folder = tmp_path / "sdxl"
    shutil.copytree(data_folder("templates") / "sdxl", folder)
    for path in folder.iterdir():
        if path.suffix in (".json", ".toml"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("sd_xl_base_1.0", "our_own_model"), encoding="utf-8")
    library = Library()
    stock(library, NODES, [tmp_path])
    assert "our_own_model.safetensors" in library.names("checkpoints")


def test_a_broken_template_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.toml").write_text("= nonsense", encoding="utf-8")
    library = Library()
    stock(library, NODES, [tmp_path])
    assert library.names("checkpoints")


def test_a_list_given_is_the_whole_list() -> None:
    library = Library({"checkpoints": ("only.safetensors",), "loras": ()})
    stock(library, NODES)
    assert (library.names("checkpoints"), library.names("loras")) == (["only.safetensors"], [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sd_xl_base_1.0.safetensors", 4),
        ("SDXL/juggernautXL_v9.safetensors", 4),
        ("random_sd15.safetensors", 4),
        ("flux1-dev.safetensors", 16),
        ("ae.safetensors", 16),
        ("sd3.5_large_fp8_scaled.safetensors", 16),
        ("qwen_image_vae.safetensors", 16),
        ("wan_2.1_vae.safetensors", 16),
        ("z_image_turbo_bf16.safetensors", 16),
        ("my_model_v3.safetensors", None),
    ],
)
def test_what_a_name_tells_of_a_model(name: str, expected: int | None) -> None:
    assert channels(name) == expected
