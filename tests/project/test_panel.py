"""From a shot to its takes, whatever comes back; the farm is played by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from studio.cinema import preset
from studio.errors import InvalidLook, JobFailed, OutputError, ProjectError, StorageError, TemplateError
from studio.project import Project, delivery
from studio.provenance import read_provenance
from studio.shot import Shot
from studio.workflow import graph_hash
from tests.project.farm import HandFarm, output
from tests.project.support import FILES, picture, png

SHOT = Shot(look=preset("the_revenant"), subject="a ferry at its pier", seed=2**64 - 1)
PNG, MP4 = png(), (FILES / "shot_00003_.mp4").read_bytes()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path / "The Last Ferry")


async def test_a_shot_becomes_a_take_that_tells_where_it_comes_from(project: Project) -> None:
    farm = HandFarm([output(PNG, node="17")])
    take = await project.panel("Hero / 1").render(SHOT, farm=farm, show=False)
    assert take.path == project.path / "Hero_1" / "The_Last_Ferry_Hero_1_v001.png"
    record = read_provenance(take.path)
    job = farm.jobs[0]
    assert record.graph == graph_hash(job.order.graph) == graph_hash(take.shot.build())
    assert take.shot == SHOT.model_copy(update={"filename_prefix": "The_Last_Ferry/Hero_1"})
    assert take.shot.seed == 2**64 - 1
    assert (record.job, record.node, record.output, record.seconds) == (job.id, "17", 1, 1.25)
    assert (record.backend, record.backend_url) == ("box", "http://box:8188/comfy")
    assert (record.comfyui, record.attempt) == ("0.3.64", 2)
    assert (record.template, record.template_version) == ("sdxl", "1")
    assert record.studio
    assert job.order.label == "Hero_1"
    assert b"hunter2" not in take.path.read_bytes()


async def test_several_files_are_takes_in_their_order_and_the_first_picture_is_the_take(
    project: Project,
) -> None:
    outputs = [output(PNG, type="temp"), output(MP4, "v.mp4"), output(PNG), output(picture("WEBP"), "a.webp")]
    panel = project.panel("Hero")
    take = await panel.render(SHOT, farm=HandFarm(outputs), show=False)
    assert [entry.path.suffix for entry in panel.takes] == [".mp4", ".png", ".webp"]
    assert [entry.provenance.output for entry in panel.takes] == [1, 2, 3]
    assert take == panel.takes[1]


async def test_a_preview_is_the_take_if_there_is_nothing_else(project: Project) -> None:
    take = await project.panel("Hero").render(SHOT, farm=HandFarm([output(PNG, type="temp")]), show=False)
    assert take.version == 1


async def test_a_video_alone_is_the_take(project: Project) -> None:
    take = await project.panel("Hero").render(SHOT, farm=HandFarm([output(MP4, "v.mp4")]), show=False)
    assert take.kind == "video"


@pytest.mark.parametrize("outputs", [[], [output(b"a prompt", "")]])
async def test_a_job_without_a_file_is_an_error(project: Project, outputs: list) -> None:
    with pytest.raises(OutputError, match="without a file"):
        await project.panel("Hero").render(SHOT, farm=HandFarm(outputs), show=False)


async def test_a_damaged_file_is_told_and_the_others_are_saved(project: Project) -> None:
    panel = project.panel("Hero")
    outputs = [output(PNG[:-20], "bad.png"), output(PNG, "good.png")]
    with pytest.raises(OutputError, match=r"1 of 2 files can't be used; first: .*bad.png|bad.png: 1 of 2"):
        await panel.render(SHOT, farm=HandFarm(outputs), show=False)
    assert [take.version for take in panel.takes] == [1]


async def test_what_the_disk_refuses_is_kept_until_there_is_room(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, farm = project.panel("Hero"), HandFarm([output(PNG), output(MP4, "v.mp4"), output(PNG)])
    save, room = delivery.save_take, [True]

    def refuse(*given: object, **named: object) -> object:
        if not room:
            raise StorageError("the disk is full", path=panel.folder, hint="Free some space.")
        room.pop()
        return save(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "save_take", refuse)
        with pytest.raises(StorageError, match=r"1 of 3 rendered files are saved\. .*panel.keep\(job\)"):
            await panel.render(SHOT, farm=farm, show=False)
    assert len(panel.takes) == 1
    kept = panel.keep(farm.jobs[0])
    assert [take.path.suffix for take in kept] == [".png", ".mp4", ".png"]
    assert panel.keep(farm.jobs[0]) == kept == panel.takes
    with pytest.raises(ProjectError, match="none of this panel's"):
        project.panel("Villain").keep(farm.jobs[0])


async def test_what_was_rendered_before_a_failure_is_saved(project: Project) -> None:
    panel = project.panel("Hero")
    failure = JobFailed("node 9 failed", node="9", hint="Look at the console.")
    with pytest.raises(
        JobFailed, match=r"Look at the console\. What was rendered before is saved: .*_v001\.png"
    ):
        await panel.render(SHOT, farm=HandFarm([output(PNG)], failure), show=False)
    assert [take.version for take in panel.takes] == [1]


async def test_a_failure_without_files_stays_as_it_is(project: Project) -> None:
    with pytest.raises(JobFailed) as caught:
        await project.panel("Hero").render(SHOT, farm=HandFarm([], JobFailed("it failed")), show=False)
    assert str(caught.value) == "it failed"


async def test_a_cancelled_await_cancels_its_job_only(project: Project) -> None:
    farm = HandFarm()
    tasks = [
        asyncio.create_task(project.panel(name).render(SHOT, farm=farm, show=False))
        for name in ("Hero", "Villain")
    ]
    while len(farm.jobs) < 2:
        await asyncio.sleep(0)
    hero = next(job for job in farm.jobs if job.order.label == "Hero")
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    while not any(job.cancelled for job in farm.jobs):
        await asyncio.sleep(0)
    assert [job.order.label for job in farm.jobs if job.cancelled] == ["Hero"]
    assert not hero.future.cancelled()
    next(job for job in farm.jobs if job is not hero).end([output(PNG)])
    assert (await tasks[1]).panel == "Villain"


async def test_a_job_that_is_being_sent_is_cancelled_too(project: Project) -> None:
    farm = HandFarm()
    render = asyncio.create_task(project.panel("Hero").render(SHOT, farm=farm, show=False))
    await asyncio.sleep(0)  # it has begun, and its job is not there yet
    render.cancel()
    with pytest.raises(asyncio.CancelledError):
        await render
    while not farm.jobs or not farm.jobs[0].cancelled:
        await asyncio.sleep(0)


async def test_renders_of_one_panel_at_once_have_versions_of_their_own(project: Project) -> None:
    panel = project.panel("Hero")
    takes = await asyncio.gather(
        *(panel.render(SHOT.with_(seed=seed), farm=HandFarm([output(PNG)]), show=False) for seed in range(8))
    )
    assert sorted(take.version for take in takes) == list(range(1, 9))
    assert all(take.shot.seed == seed for seed, take in enumerate(takes))


async def test_renders_that_begin_together_are_sent_in_order(project: Project) -> None:
    farm, names = HandFarm([output(PNG)]), [f"{n:02d}" for n in range(20)]
    await asyncio.gather(*(project.panel(name).render(SHOT, farm=farm, show=False) for name in names))
    assert [job.order.label for job in farm.jobs] == names


async def test_a_shot_that_can_t_be_built_is_never_sent(project: Project) -> None:
    farm, panel = HandFarm(), project.panel("Hero")
    sun_at_night = SHOT.with_(look__lighting__time_of_day="night", look__lighting__source="sun")
    with pytest.raises(InvalidLook):
        await panel.render(sun_at_night, farm=farm, show=False)
    with pytest.raises(TemplateError):
        await panel.render(SHOT.with_(template="nobody"), farm=farm, show=False)
    assert farm.jobs == []


TEMPLATE = """
name = "Copy"
category = "image-to-image"
engine = "none"
target = "generic"
version = 3

[[parameters]]
name = "plate"
type = "image"
required = true
at = "1.image"

[[parameters]]
name = "prefix"
type = "prefix"
at = "2.filename_prefix"
"""
GRAPH = """{"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
"2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


def add_template(project: Project) -> None:
    folder = project.path / "templates" / "copy"
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text(TEMPLATE)
    (folder / "workflow.json").write_text(GRAPH)


async def test_a_reference_travels_under_its_content_s_name_and_comes_back(
    project: Project, tmp_path: Path
) -> None:
    add_template(project)
    farm, panel = HandFarm([output(PNG)]), project.panel("Hero")
    (tmp_path / "mood.png").write_bytes(picture("PNG"))
    name = project.references.add(tmp_path / "mood.png")
    take = await panel.render(SHOT.with_(template="copy", images={"plate": name}), farm=farm, show=False)
    order = farm.jobs[0].order
    assert order.graph["1"]["inputs"]["image"] == name
    assert order.uploads[name].read_bytes() == picture("PNG")
    assert take.shot.images == {"plate": name}
    assert str(tmp_path).encode() not in take.path.read_bytes()
    again = await panel.render(take.shot, farm=farm, show=False)
    assert again.provenance.graph == take.provenance.graph
    assert (again.provenance.template, again.provenance.template_version) == ("copy", "3")


async def test_a_take_is_a_reference_for_the_next_shot(project: Project) -> None:
    add_template(project)
    panel, farm = project.panel("Hero"), HandFarm([output(PNG)])
    take = await panel.render(SHOT, farm=farm, show=False)
    await panel.render(SHOT.with_(template="copy", images={"plate": str(take.path)}), farm=farm, show=False)
    (sent,) = farm.jobs[1].order.uploads.values()
    assert sent.read_bytes() == take.path.read_bytes()
