"""A shot as a notebook: the same bytes for the same shot, and read back without running it."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

import studio
from studio.cinema import all_angles
from studio.errors import NotebookError
from studio.shot import Shot
from studio.shots.notebook import Cell, NotebookFile
from studio.shots.reading import read_shot
from studio.shots.source import notebook_of
from studio.workflow import LoraChoice

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
values = st.one_of(
    texts, st.integers(-(2**63), 2**64), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
looks = st.builds(
    lambda look, mm, stop, light: look.with_(
        lens__focal_length_mm=mm, lens__t_stop=stop, lighting__style=light
    ),
    st.sampled_from([studio.preset("blade_runner_2049"), studio.preset("ida"), studio.LiveActionConfig()]),
    st.one_of(st.none(), st.integers(1, 1000), st.floats(1, 1000)),
    st.one_of(st.none(), st.sampled_from([1.4, 2.8, 22])),
    st.sampled_from([None, "motivated", "low_key"]),
)
drawn = st.sampled_from(["akira", "studio_ghibli", "persepolis"]).map(studio.preset)
loras = st.builds(
    LoraChoice,
    name=texts.filter(bool),
    strength_model=st.floats(-2, 2),
    strength_clip=st.one_of(st.none(), st.floats(-2, 2)),
    chain=st.sampled_from(["", "high"]),
)
shots = st.builds(
    Shot,
    look=st.one_of(looks, drawn),
    subject=texts,
    angle=st.one_of(st.none(), st.sampled_from(all_angles())),
    template=st.sampled_from(["sdxl", "flux", "plate"]),
    target=st.sampled_from(["", "flux"]),
    parameters=st.dictionaries(names, values, max_size=5),
    loras=st.lists(loras, max_size=3).map(tuple),
    images=st.dictionaries(names, texts, max_size=2),
    seed=st.integers(0, 2**64 - 1),
)


@given(shots, st.sampled_from(["Hero", "Åsa_2", "雨"]))
def test_what_is_written_is_read_and_runs_to_the_same_shot(shot: Shot, panel: str) -> None:
    notebook = notebook_of(shot, panel)
    data = notebook.to_bytes()
    found = read_shot(NotebookFile.parse(data))
    assert found.shot == shot
    assert found.panel == panel
    assert notebook_of(found.shot, found.panel).to_bytes() == data
    ran: dict[str, Any] = {}
    for cell in notebook.cells[: found.cells]:
        if cell.cell_type == "code":
            exec(cell.source, ran)
    assert ran["shot"] == shot


@given(shots)
def test_the_file_is_as_jupyter_writes_it(shot: Shot) -> None:
    data = notebook_of(shot, "Hero").to_bytes().decode()
    node = nbformat.reads(data, as_version=4)
    nbformat.validate(node)
    assert nbformat.writes(node) + "\n" == data


def test_order_of_parameters_does_not_matter(shot: Shot) -> None:
    turned = shot.with_(parameters=dict(reversed(shot.parameters.items())))
    assert notebook_of(turned, "Hero").to_bytes() == notebook_of(shot, "Hero").to_bytes()


def test_it_reads_as_a_director_writes(shot: Shot) -> None:
    cells = {cell.id: cell for cell in notebook_of(shot, "Hero").cells}
    assert list(cells) == ["title", "parameters", "look", "shot", "render", "take"]
    assert cells["parameters"].tags == ("parameters",)
    assert "steps = 20\n" in cells["parameters"].source
    assert cells["look"].source == (
        "import studio\n\n"
        'look = studio.preset("blade_runner_2049").with_(\n'
        "    lens__focal_length_mm=50,\n"
        "    lens__t_stop=2.8,\n"
        ")"
    )
    assert 'studio.Angle.parse("front_low-angle_close-up")' in cells["shot"].source


def test_keys_of_a_newer_studio_are_kept() -> None:
    look = studio.LiveActionConfig.model_validate({"lens": {"focal_length_mm": 40, "coating": "amber"}})
    shot = Shot.model_validate({"look": look, "subject": "x", "seed": 1, "grade": {"lut": "dusk"}})
    assert read_shot(notebook_of(shot, "Hero")).shot == shot


def test_letters_that_nobody_sees_are_written_by_number() -> None:
    shot = studio.Shot(look=studio.LiveActionConfig(), subject="a\u202eb\x00\x7f", seed=1)
    notebook = notebook_of(shot, "Hero")
    assert "\\u202e" in notebook.cells[1].source
    assert notebook.cells[1].source.replace("\n", "").isprintable()
    assert read_shot(notebook).shot == shot


def test_traces_of_a_run_are_seen(shot: Shot) -> None:
    notebook = notebook_of(shot, "Hero")
    assert notebook.is_clean
    ran = notebook.cells[1].model_copy(update={"execution_count": 3})
    assert not notebook.model_copy(update={"cells": (ran,)}).is_clean
    assert not notebook.model_copy(update={"metadata": {"widgets": {}}}).is_clean


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no notebook"),
        (b"[]", "no notebook"),
        (b'{"cells": 5}', "cells"),
        (b'{"cells": [], "nbformat": 3}', "nbformat"),
        (b"\xff\xfe", "no notebook"),
        (b"[" * 100_000, "no notebook"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "merge"),
    ],
)
def test_what_is_no_notebook_is_told(data: bytes, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        NotebookFile.parse(data, where="shot.ipynb")


def test_older_notebooks_without_ids_are_read() -> None:
    cell = {
        "cell_type": "code",
        "source": "import studio\nshot = studio.Shot(look=studio.preset('ida'), subject='x', seed=4)",
    }
    notebook = NotebookFile.model_validate({"cells": [cell], "nbformat": 4, "nbformat_minor": 2})
    assert read_shot(notebook).shot.seed == 4
    assert "id" not in notebook.cells[0].table()


def test_other_values_for_a_run(shot: Shot) -> None:
    notebook = notebook_of(shot, "Hero")
    found = read_shot(
        notebook, changes={"seed": 5, "steps": 7, "look.lens.t_stop": 4, "parameters.sampler": "euler"}
    ).shot
    assert found == shot.with_(
        seed=5, parameters={"steps": 7, "cfg": 6.5, "sampler": "euler"}, look__lens__t_stop=4
    )
    with pytest.raises(NotebookError, match=r"no parameter 'sede'.*seed"):
        read_shot(notebook, changes={"sede": 5})


def test_a_cell_of_ones_own_is_kept(shot: Shot) -> None:
    notebook = notebook_of(shot, "Hero")
    mine = Cell(cell_type="markdown", id="mine", source="Ask Roger.")
    again = NotebookFile.parse(notebook.model_copy(update={"cells": (*notebook.cells, mine)}).to_bytes())
    assert again.cells[-1] == mine
