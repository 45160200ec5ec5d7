"""The whole way with a real backend: from a shot to a take, and what the backend itself wrote into it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.cinema import all_angles, preset
from studio.errors import BackendError, BackendUnreachable, JobRejected
from studio.project import Project, Take
from studio.render import Farm, JobState, run
from studio.shot import Shot
from studio.sketch import SketchProcess, start
from studio.workflow import graph_hash
from tests.project.support import chunks
from tests.render.waiting import until

SHOT = Shot(
    look=preset("the_revenant"), subject="a ferry at its pier", angle=all_angles()[17], seed=2**63 + 11
)


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=0, name="sketch") as process:
        yield process


@pytest.fixture
def project(tmp_path: Path, sketch: SketchProcess) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=[sketch.url]) as opened:
        yield opened


def text_of(take: Take, keyword: str) -> dict:
    with Image.open(take.path) as image:
        return json.loads(image.info[keyword])


@pytest.mark.parametrize("template", ["sdxl", "flux", "plate"])
async def test_a_take_s_shot_builds_the_graph_that_the_backend_ran(project: Project, template: str) -> None:
    take = await project.panel("Hero").render(SHOT.with_(template=template), show=False)
    ran = text_of(take, "prompt")
    assert Shot.from_take(take.path).build() == ran
    assert take.provenance.graph == graph_hash(ran)
    assert take.provenance.job
    assert take.provenance.seconds > 0


async def test_the_backend_s_own_file_is_in_the_take_byte_for_byte(
    project: Project, sketch: SketchProcess
) -> None:
    take = await project.panel("Hero").render(SHOT.with_(subject="another subject"), show=False)
    ours = [entry for entry in chunks(take.path.read_bytes()) if not entry[1].startswith(b"studio\0")]
    theirs = [chunks(path.read_bytes()) for path in sketch.root.rglob("*.png")]
    assert ours in theirs


async def test_six_shots_at_once_and_again_give_new_versions(project: Project) -> None:
    names = [f"{n:02d}_Shot" for n in range(6)]
    for version in (1, 2):
        takes = await asyncio.gather(*(project.panel(name).render(SHOT, show=False) for name in names))
        assert [take.panel for take in takes] == names
        assert {take.version for take in takes} == {version}
    assert [panel.name for panel in project.panels] == names


def test_a_plain_script_renders_too(project: Project) -> None:
    assert run(project.panel("Hero").render(SHOT, show=False)).version == 1


async def test_a_group_side_by_side(project: Project) -> None:
    group = project.panel("Hero").render_group(SHOT, seeds=[1, 2, 2**64 - 1], show=False)
    came = [job async for job in group]
    assert {job.id for job in came} == {job.id for job in group.jobs}
    assert [take.shot.seed for take in group.delivered] == [1, 2, 2**64 - 1]
    assert sorted(take.version for take in group.delivered) == [1, 2, 3]
    with pytest.raises(BackendError, match="no backend is called attic"):
        project.panel("Hero").render_group(SHOT, backends=["attic"], show=False)


def test_a_retry_has_a_take_of_its_own(project: Project) -> None:
    job = project.panel("Hero").submit(SHOT)
    run(job)
    again = job.retry()
    run(again)
    assert [take.version for take in job.delivered + again.delivered] == [1, 2]
    assert again.delivered[0].provenance.job == again.id != job.id


def test_bytes_that_are_on_disk_are_not_kept(project: Project) -> None:
    job = project.panel("Hero").submit(SHOT)
    run(job)
    saved = [output for output in job.outputs if output.path is not None]
    assert [output.path for output in saved] == [take.path for take in job.delivered]
    assert sum(len(output.data) for output in job.outputs) == 0
    assert saved[0].read() == job.delivered[0].path.read_bytes()


def test_a_panel_renamed_while_its_job_runs(tmp_path: Path) -> None:
    with start(plain=True, step_ms=50) as slow, Project.open(tmp_path, backends=[slow.url]) as project:
        job = project.panel("Hero").submit(SHOT.with_(parameters={"steps": 6}))
        until(lambda: job.state is JobState.RUNNING)
        project.board.rename("Hero", "Villain")
        run(job)
        assert [take.panel for take in job.delivered] == ["Villain"]
        assert project.panel("Villain").takes == job.delivered
        assert not (tmp_path / "Hero").exists()


def test_submit_comes_back_at_once_and_delivers(project: Project) -> None:
    job = project.panel("Hero").submit(SHOT)
    run(job)
    assert job.state is JobState.DONE
    assert [take.version for take in job.delivered] == [1]
    assert "Hero" in (project.path / ".studio" / "jobs.jsonl").read_text()


async def test_a_time_out_cancels_the_job_and_leaves_no_take(tmp_path: Path) -> None:
    with start(plain=True, step_ms=200) as slow, Project.open(tmp_path, backends=[slow.url]) as project:
        panel, running = project.panel("Hero"), asyncio.Event()
        loop = asyncio.get_running_loop()
        render = asyncio.create_task(panel.render(SHOT, show=False))
        while not project.farm.jobs:
            await asyncio.sleep(0.01)
        (job,) = project.farm.jobs
        job.watch(lambda progress: progress.step and loop.call_soon_threadsafe(running.set))
        await running.wait()
        render.cancel()
        with pytest.raises(asyncio.CancelledError):
            await render
        while not job.state.ended:
            await asyncio.sleep(0.01)
        assert job.state is JobState.CANCELLED
        assert panel.takes == []


async def test_a_full_disk_keeps_the_picture_until_there_is_room(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.errors import StorageError
    from studio.project import delivery

    def refuse(*_given: object, **_named: object) -> None:
        raise StorageError("the disk is full", hint="Free some space.")

    panel = project.panel("Hero")
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "save_take", refuse)
        job = panel.submit(SHOT)
        with pytest.raises(StorageError, match=r"panel.keep\(job\)"):
            await job
    assert job.state is JobState.FAILED
    (take,) = panel.keep(job)
    assert take.shot.build() == text_of(take, "prompt")


async def test_what_the_backend_refuses_is_told_with_its_node(project: Project) -> None:
    panel = project.panel("Hero")
    with pytest.raises(JobRejected, match=r"nobody\.safetensors"):
        await panel.render(SHOT.with_(parameters={"checkpoint": "nobody.safetensors"}), show=False)
    assert panel.takes == []


async def test_no_backend_there(tmp_path: Path) -> None:
    with Farm(["http://127.0.0.1:9"], patience=0.2) as farm:
        panel = Project.open(tmp_path).panel("Hero")
        with pytest.raises(BackendUnreachable):
            await panel.render(SHOT, farm=farm, show=False)
        assert panel.takes == []


def test_without_backends_an_embedded_one_comes_and_goes(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    with project:
        url = project.farm.backends[0].url
        assert project.farm is project.farm
        assert project.farm.backends[0].name == "sketch"
        take = run(project.panel("Hero").render(SHOT.with_(parameters={"steps": 2}), show=False))
        assert take.provenance.backend_url == url
        assert (take.provenance.comfyui != "", take.provenance.attempt) == (True, 1)
    with pytest.raises(BackendUnreachable), Farm([url], patience=0.2) as farm:
        run(project.panel("Hero").render(SHOT, farm=farm, show=False))


def test_backends_of_the_settings_are_used(tmp_path: Path, sketch: SketchProcess) -> None:
    (tmp_path / "studio.toml").write_text(
        f'name = "film"\nbackends = ["{sketch.url}", {{ url = "http://127.0.0.1:9", name = "box" }}]\n'
    )
    with Project.open(tmp_path) as project:
        assert [backend.url for backend in project.farm.backends] == [sketch.url, "http://127.0.0.1:9"]
        assert run(project.panel("Hero").render(SHOT, show=False)).provenance.backend_url == sketch.url
