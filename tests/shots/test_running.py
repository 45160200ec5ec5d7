"""Notebooks run headless in real kernels, side by side, on a real sketch backend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import studio
from studio.errors import NotebookError, StudioError
from studio.render import Backend
from studio.shot import Shot
from studio.shots import Lock, write_shot
from studio.shots.asking import told_by
from studio.shots.locking import build
from studio.shots.notebook import NotebookFile
from studio.shots.rendering import render_all
from studio.shots.running import Outcome, examined, run_all, seeds_of, tasks_of
from studio.sketch import start

KEY, TOKEN = "sk-canary-llm-7351", "canary-token-9182"


@dataclass
class Ran:
    """A film after `run_all`."""

    film: Path
    outcomes: dict[str, Outcome]
    before: dict[Path, bytes]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Two shots run as they stand, one of them computed; one that fails; one with another seed and aperture.

    The environment and the backend's address hold secrets.
    """
    film = tmp_path_factory.mktemp("run") / "film"
    studio.Project.open(film).close()
    shots = film / "notebooks" / "shots"
    shot = studio.Shot(
        look=studio.preset("blade_runner_2049"), subject="rain", parameters={"steps": 2}, seed=7
    )
    hero = write_shot(shot, "Hero", shots / "Hero.ipynb")
    computed = write_shot(shot.with_(seed=8), "Computed", shots / "Computed.ipynb")
    text = computed.read_text()
    computed.write_text(text.replace('"import studio\\n"', '"import math\\n",\n    "import studio\\n"'))
    broken = write_shot(shot, "Broken", shots / "Broken.ipynb")
    broken.write_text(broken.read_text().replace("seed=seed", "seed=seed // 0"))
    before = {path: path.read_bytes() for path in (hero, computed, broken)}
    with start(step_ms=1) as sketch, pytest.MonkeyPatch.context() as patch:
        patch.delenv("STUDIO_PROJECT", raising=False)
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("COMFY_TOKEN", TOKEN)
        url = sketch.url.replace("://", f"://director:{TOKEN}@")
        tasks = [
            *tasks_of([hero, computed, broken]),
            *tasks_of([hero], seeds=[3], changes={"look.lens.t_stop": 4}),
        ]
        found = run_all(tasks, backends=[url], jobs=2, out=film / "executed")
        yield Ran(film, {outcome.task.name: outcome for outcome in found}, before)


def test_each_made_its_take(ran: Ran) -> None:
    assert list(ran.outcomes) == ["Hero", "Computed", "Broken", "Hero-seed-3"]
    made = {name: outcome.takes[0] for name, outcome in ran.outcomes.items() if outcome.takes}
    shots = {name: Shot.from_take(take) for name, take in made.items()}
    assert {name: shot.seed for name, shot in shots.items()} == {"Hero": 7, "Computed": 8, "Hero-seed-3": 3}
    assert shots["Hero-seed-3"].look.get("lens.t_stop") == 4
    assert {take.parent.name for take in made.values()} == {"Hero", "Computed"}


def test_a_failure_names_cell_and_reason_and_the_others_went_on(ran: Ran) -> None:
    error = ran.outcomes["Broken"].error
    assert "cell shot" in error
    assert "ZeroDivisionError" in error
    assert not ran.outcomes["Broken"].takes
    assert all(not outcome.error for name, outcome in ran.outcomes.items() if name != "Broken")


def test_the_committed_files_did_not_change(ran: Ran) -> None:
    assert {path: path.read_bytes() for path in ran.before} == ran.before


def test_executed_copies_are_whole_and_hold_no_widgets(ran: Ran) -> None:
    names = {path.stem for path in (ran.film / "executed").iterdir()}
    assert names == set(ran.outcomes)
    notebook = nbformat.read(ran.film / "executed" / "Hero-seed-3.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    ids = [cell.id for cell in notebook.cells]
    assert ids[ids.index("parameters") + 1] == "injected-parameters"
    assert "studio-ask" not in ids
    assert any("image/jpeg" in output.get("data", {}) for output in notebook.cells[-1].outputs)
    broken = NotebookFile.read(ran.film / "executed" / "Broken.ipynb")
    assert any(output["output_type"] == "error" for cell in broken.cells for output in cell.outputs)


def test_locks_are_completed_by_runs_as_they_stand(ran: Ran) -> None:
    lock = Lock.read(ran.film / "notebooks" / "shots" / "Hero.lock.toml")
    assert lock is not None and lock.take is not None and lock.comfyui is not None
    assert (lock.seed, lock.comfyui.version) == ("7", "0.3.64")
    assert "Hero.lock.toml is written" in ran.outcomes["Hero"].notes[0]
    assert not ran.outcomes["Hero-seed-3"].notes


def test_no_secret_is_in_any_file(ran: Ran) -> None:
    files = [path for path in ran.film.parent.rglob("*") if path.is_file()]
    assert len(files) > 12
    for path in files:
        data = path.read_bytes()
        assert KEY.encode() not in data, path
        assert TOKEN.encode() not in data, path


def test_rendered_again_the_pixels_are_the_same(ran: Ran) -> None:
    """Also of the shot that only running its notebook tells; and another lens shows."""
    shots = ran.film / "notebooks" / "shots"
    other = shots / "Other.ipynb"
    other.write_text((shots / "Hero.ipynb").read_text().replace("blade_runner_2049", "ida"))
    (shots / "Other.lock.toml").write_bytes((shots / "Hero.lock.toml").read_bytes())
    found = render_all(
        [examined(shots / f"{name}.ipynb", run_cells=True) for name in ("Hero", "Computed", "Other")]
    )
    hero, computed, different = found
    assert hero.ok and hero.render is not None and hero.render.exact
    assert computed.ok and computed.render is not None and computed.render.exact
    assert different.state == "changed"
    assert different.render is not None and not different.render.exact
    assert different.render.bits is not None and different.render.bits > 0
    assert not list(ran.film.glob("shot*"))


def test_a_computed_shot_is_run_only_if_one_says_so(ran: Ran) -> None:
    verdict = examined(ran.film / "notebooks" / "shots" / "Computed.ipynb").verdict
    assert verdict.state == "failed"
    assert "cell look, line 1: import of math" in verdict.error
    assert "--run" in verdict.error


def test_seeds_as_a_person_writes_them() -> None:
    assert seeds_of("1-3") == [1, 2, 3]
    assert seeds_of("5, 1-2,5") == [5, 1, 2]
    assert seeds_of(str(2**64 - 1)) == [2**64 - 1]
    for wrong in ("", "a", "3-1", "1-", "-1", "1-9999", str(2**64), "1,,2"):
        with pytest.raises(StudioError, match="seeds"):
            seeds_of(wrong)


def test_a_wrong_parameter_is_refused_before_anything_runs(tmp_path: Path, shot: Shot) -> None:
    path = write_shot(shot, "Hero", tmp_path / "Hero.ipynb")
    with pytest.raises(NotebookError, match="no parameter 'sede'"):
        tasks_of([path], changes={"sede": 4})


async def test_what_a_backend_tells_is_locked(tmp_path: Path, shot: Shot) -> None:
    """A ComfyUI with a pack of custom nodes, whose model's header holds its digest."""

    async def stats(_: web.Request) -> web.Response:
        return web.json_response({"system": {"comfyui_version": "0.9.9"}, "devices": []})

    async def info(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        module = "custom_nodes.ComfyUI-Film" if name == "KSampler" else "nodes"
        return web.json_response({name: {"python_module": module}})

    async def header(request: web.Request) -> web.Response:
        assert request.query["filename"] == "sd_xl_base_1.0.safetensors"
        return web.json_response({"modelspec.hash_sha256": f"0x{'AB' * 32}"})

    app = web.Application()
    app.router.add_get("/system_stats", stats)
    app.router.add_get("/object_info/{name}", info)
    app.router.add_get("/view_metadata/checkpoints", header)
    built = build(shot, tmp_path)
    async with TestServer(app) as server:
        told = await told_by(Backend(url=str(server.make_url("/"))), built.lock, built.graph)
    assert told.comfyui is not None
    assert (told.comfyui.version, told.comfyui.packs) == ("0.9.9", ("ComfyUI-Film",))
    assert told.models[0].sha256 == "ab" * 32
    again = Lock.model_validate(json.loads(told.model_dump_json(by_alias=True)))
    assert again == told
