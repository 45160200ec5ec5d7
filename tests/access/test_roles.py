"""The table of roles, what a server grants, and the proofs that processes leave."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.access import GRANT, PERMISSIONS, Access, Grant, Roles, Seal
from studio.errors import DataFileError, NotAllowed
from studio.gallery import Gallery
from studio.project import Project
from studio.render import Backend, Farm, JobState, run
from studio.render.journal import read_jobs
from studio.render.wishes import wished
from tests.render.fake import GRAPH, QUICK, FakeComfy
from tests.render.waiting import until


@pytest.fixture
def granted(monkeypatch: pytest.MonkeyPatch) -> Any:
    def grant(**fields: Any) -> Grant:
        made = Grant(**{"role": "reviewer", "may": frozenset({"rate", "note"}), **fields})
        for name, value in made.variable().items():
            monkeypatch.setenv(name, value)
        return made

    return grant


def test_the_roles_that_are_always_there() -> None:
    roles = Roles.known()
    assert {
        name: set(role.may) for name, role in roles.items() if name in ("director", "artist", "reviewer")
    } == {
        "director": set(PERMISSIONS),
        "artist": {"render", "arrange", "rate", "note"},
        "reviewer": {"rate", "note"},
    }
    assert Access.here() == Access()
    with pytest.raises(NotAllowed, match="no role 'king'"):
        Access.here("king")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[role.reviewer]\nmay = ["delete"]', "reviewer is there already"),
        ('[role.editor]\nmay = ["fly"]', "role.editor.may"),
        ('[role."Big Boss"]\nmay = []', "no name of a role"),
        ("[role.editor\n", "not valid TOML"),
        ('[role.editor]\nmay = []\ncan = ["delete"]', "role.editor.can"),
    ],
)
def test_a_project_can_define_roles_and_redefine_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "roles.toml").write_text('[role.editor]\ntitle = "Editor"\nmay = ["arrange"]')
    with Project.open(tmp_path, role="director") as project:
        assert project.access.allows("delete")
    with Project.open(tmp_path, role="editor") as project:
        assert project.access.permissions == {"arrange"}
    (tmp_path / "roles.toml").write_text(text)
    with pytest.raises(DataFileError, match=words):
        Project.open(tmp_path, role="editor")


def test_a_grant_is_the_most_that_can_be_had(tmp_path: Path, granted: Any) -> None:
    (film := tmp_path / "film").mkdir()
    Project.open(film).close()
    (tmp_path / "other").mkdir()
    granted(user="mia", projects=(str(film),))
    with Project.open(film) as project:
        assert (project.access.role, project.access.user) == ("reviewer", "mia")
        assert project.references.access.role == project.board.access.role == "reviewer"
    for role in ("director", "artist"):
        with pytest.raises(NotAllowed, match="reviewer"):
            Project.open(film, role=role)
    with pytest.raises(NotAllowed):
        Project.open(film, role=Access())
    (film / "link").symlink_to(tmp_path / "other")
    for place in (tmp_path / "other", film / ".." / "other", film / "link", tmp_path):
        with pytest.raises(NotAllowed, match="not open to you"):
            Project.open(place)
        with pytest.raises(NotAllowed, match="not open to you"):
            Gallery.open(place)


def test_a_grant_that_makes_no_sense_allows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("", "{}", "null", '{"role": "director", "may": ["everything"]}', "[1"):
        monkeypatch.setenv(GRANT, text)
        with pytest.raises(NotAllowed):
            Project.open(tmp_path / "film")
    assert not (tmp_path / "film").exists()


def test_only_backends_that_are_served_can_be_rendered_on(tmp_path: Path, granted: Any) -> None:
    granted(role="director", may=frozenset(PERMISSIONS), backends=("http://127.0.0.1:9",))
    with Project.open(tmp_path, backends=["http://127.0.0.1:9"]) as project:
        with pytest.raises(NotAllowed, match="backend"):
            project.farm.add("http://169.254.169.254")
        from studio.project.backends import registry_of

        with pytest.raises(NotAllowed, match="backend"):
            registry_of(project.path, project.access).add("http://169.254.169.254")
    with pytest.raises(NotAllowed, match="backend"):
        Farm(["http://127.0.0.1:10"])
    with Project.open(tmp_path, backends=["http://127.0.0.1:10"]) as project, pytest.raises(NotAllowed):
        project.farm  # noqa: B018


def test_references_come_only_from_places_that_are_open(tmp_path: Path, granted: Any) -> None:
    from tests.project.support import png

    (outside := tmp_path / "private.png").write_bytes(png())
    granted(role="artist", may=frozenset({"arrange"}), projects=(str(tmp_path / "film"),))
    with Project.open(tmp_path / "film") as project:
        with pytest.raises(NotAllowed):
            project.references.add(outside)
        assert project.references.add_data(outside.read_bytes(), "a.png")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.sampled_from(PERMISSIONS))
def test_a_proof_holds_for_what_was_signed_and_nothing_else(content: dict[str, Any], permission: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        seal = Seal(Path(folder))
        proof = seal.sign(Access(user="mia"), permission, content)
        again = json.loads(json.dumps(proof))
        assert Seal(Path(folder)).check(json.loads(json.dumps(content)), again, permission).user == "mia"
        for change in ({"role": "artist"}, {"user": "eve"}, {"mac": "0" * 64}, {"mac": ""}):
            with pytest.raises(NotAllowed):
                seal.check(content, {**proof, **change}, permission)
        with pytest.raises(NotAllowed):
            seal.check({**content, "more": 1}, proof, permission)
        for other in set(PERMISSIONS) - {permission}:
            with pytest.raises(NotAllowed):
                seal.check(content, proof, other)
        with tempfile.TemporaryDirectory() as elsewhere, pytest.raises(NotAllowed):
            Seal(Path(elsewhere)).check(content, proof, permission)


def test_a_role_gets_no_proof_for_what_it_may_not(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        Seal(tmp_path).sign(Access.here("reviewer"), "render", {})
    assert os.listdir(tmp_path) == []  # noqa: PTH208


# hand-made journals


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


def _farm(comfy: FakeComfy, journal: Path) -> Farm:
    return Farm([Backend(url=comfy.url, name="box", timing=QUICK)], journal=journal)


def test_a_job_that_was_written_into_a_journal_by_hand_is_not_rendered(
    comfy: FakeComfy, tmp_path: Path
) -> None:
    journal = tmp_path / "jobs.jsonl"
    with _farm(comfy, journal) as farm:  # a real one, so that there is a key and a proof to copy
        real = farm.submit(GRAPH, label="real")
        run(real)
    (record,) = read_jobs(journal)
    assert record.by is not None
    ids = [str(uuid.uuid4()) for _ in range(4)]
    plain = {"v": 1, "at": "2026-11-22T20:00:00.000Z", "kind": "submitted", "graph": GRAPH, "label": "evil"}
    guessed = {"user": "", "role": "director", "may": "render", "mac": "0" * 64}
    lines = [
        {**plain, "job": ids[0]},
        {**plain, "job": ids[1], "by": record.by},  # the proof of another job
        {**plain, "job": ids[2], "by": guessed},
        {**plain, "job": ids[3], "by": {"role": "director"}},
    ]
    (tmp_path / "jobs.0123456789abcdef.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines[:2])
    )
    with journal.open("a") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines[2:]))
    sent = len(comfy.posts)
    with _farm(comfy, journal) as farm:
        assert farm.resume() == []
        assert farm.jobs == []
        last = farm.submit(GRAPH, label="after")
        run(last)
    assert len(comfy.posts) == sent + 1
    told = "".join(path.read_text() for path in tmp_path.glob("jobs*.jsonl"))
    assert told.count("NotAllowed") == len(ids)
    with _farm(comfy, journal) as farm:
        assert farm.resume() == []


def test_an_unfinished_job_cannot_be_turned_into_another(comfy: FakeComfy, tmp_path: Path) -> None:
    journal = tmp_path / "jobs.jsonl"
    comfy.hold()
    with _farm(comfy, journal) as farm:
        job = farm.submit(GRAPH, label="real")
        until(lambda: job.state is JobState.RUNNING)
    evil = {"2": {"class_type": "SaveImage", "inputs": {"filename_prefix": "../../x"}}}
    line = {"v": 1, "at": "2026-11-22T20:00:00.000Z", "kind": "submitted", "job": job.id, "graph": evil}
    with journal.open("a") as file:
        file.write(json.dumps(line) + "\n")
    with _farm(comfy, journal) as farm:
        assert farm.resume() == []
    comfy.release()


def test_a_wish_without_proof_cancels_nothing_and_is_put_aside(comfy: FakeComfy, tmp_path: Path) -> None:
    journal = tmp_path / "jobs.jsonl"
    comfy.hold()
    with _farm(comfy, journal) as farm:
        job = farm.submit(GRAPH, label="real")
        until(lambda: job.state is JobState.RUNNING)
        folder = tmp_path / "cancel"
        folder.mkdir()
        other = Seal(tmp_path).sign(Access(), "render", {"cancel": str(uuid.uuid4())})
        for text in ("", "{}", json.dumps(other), "[" * 5000):
            (folder / job.id).write_text(text)
            until(lambda: not (folder / job.id).exists())
        assert job.state is JobState.RUNNING
        assert wished(journal) == []
        assert (tmp_path / "refused" / f"cancel-{job.id}").exists()
        comfy.release()
        run(job)


def test_who_only_looks_asks_no_language_model(granted: Any) -> None:
    from studio.cinema import preset, write_prompt
    from studio.llm import enhance

    prompt = write_prompt(preset("vertigo"), subject="a hand", target="flux")
    granted()
    with pytest.raises(NotAllowed, match="language model"):
        run(enhance(prompt))
