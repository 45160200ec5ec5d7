"""The gallery's desk without a page: each of its panels asked as a page asks."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from studio.errors import ProjectError, StudioError, UnsafeName
from studio.gallery import Gallery
from tests.gallery.made import QUICK, make_takes
from widgets.gallery.desk import Desk
from widgets.gallery.desk.figures import COUNTED
from widgets.gallery.model import GalleryModel
from widgets.gallery.room import Answer, Call

EVIL = "<img src=x onerror=window.hacked=1>"


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of 12 takes in 3 panels, and a cache of its own."""
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "film"
    make_takes(root, 12, folders=3, maker=QUICK)
    return root


@pytest.fixture
def gallery(film: Path) -> Iterator[Gallery]:
    with Gallery.open(film, processes=0) as opened:
        opened.scan()
        yield opened


class Asking:
    """Asks the desk as a page does: the fields are checked, the reply must be JSON."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.model = GalleryModel(gallery)
        self.requests = Desk(self.model).requests
        self.told: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []

    @property
    def paths(self) -> list[str]:
        return self.gallery.frame.index.tolist()

    def __call__(self, what: str, call: Call | None = None, /, **fields: Any) -> dict[str, Any]:
        request = self.requests[f"desk.{what}"]
        asked = request.model.model_validate(json.loads(json.dumps(fields))).of(
            call or Call(self.told.append)
        )
        answer = request.do(asked)
        self.buffers = answer.buffers if isinstance(answer, Answer) else []
        reply = answer.reply if isinstance(answer, Answer) else answer or {}
        return json.loads(json.dumps(reply, allow_nan=False))


@pytest.fixture
def ask(gallery: Gallery) -> Iterator[Asking]:
    asking = Asking(gallery)
    yield asking
    asking.model.close()


# Tags


def names(reply: dict[str, Any]) -> dict[str, int]:
    return {tag["name"]: tag["count"] for tag in reply["tags"]}


def test_tags_are_made_coloured_renamed_merged_and_deleted(ask: Asking) -> None:
    one, two, three = ask.paths[:3]
    assert names(ask("tags")) == {}
    ask("tags.add", name="hero", color="#AA0000")
    ask("tags.put", paths=[one, two], add=["hero"])
    reply = ask("tags.put", paths=[three], add=["lead", EVIL])
    assert names(reply) == {EVIL: 1, "hero": 2, "lead": 1}
    assert next(tag for tag in reply["tags"] if tag["name"] == "hero")["color"] == "#aa0000"
    assert names(ask("tags.rename", old="lead", new="Lead role")) == {EVIL: 1, "hero": 2, "Lead role": 1}
    assert names(ask("tags.merge", names=["Lead role", EVIL], into="hero")) == {"hero": 3}
    assert ask("tags.color", name="hero", color="")["tags"][0]["color"] == ""
    assert names(ask("tags.put", paths=[one], remove=["hero"])) == {"hero": 2}
    assert ask.gallery.row(two)["tags"] == "hero"
    assert names(ask("tags.delete", names=["hero"])) == {}
    assert ask.gallery.row(two)["tags"] == ""


def test_the_search_of_a_tag_finds_its_takes(ask: Asking) -> None:
    for name in (EVIL, 'a "quoted" one', "back\\slash", "or", "*"):
        reply = ask("tags.put", paths=ask.paths[:1], add=[name])
        query = next(tag["query"] for tag in reply["tags"] if tag["name"] == name)
        assert ask.gallery.find(query) == ask.paths[:1], name


def test_several_tags_are_deleted_in_one_step_or_none_is(ask: Asking) -> None:
    ask("tags.put", paths=ask.paths[:2], add=["a", "b", "c"])
    with pytest.raises(ProjectError, match="no tag"):
        ask("tags.delete", names=["a", "nothing"])
    assert names(ask("tags")) == {"a": 2, "b": 2, "c": 2}
    assert names(ask("tags.delete", names=["a", "b"])) == {"c": 2}
    ask("history.undo")
    assert names(ask("tags")) == {"a": 2, "b": 2, "c": 2}


def test_a_tag_that_can_not_be_is_refused_in_words(ask: Asking) -> None:
    ask("tags.add", name="hero")
    ask("tags.add", name="lead")
    with pytest.raises(ProjectError, match="Merge the two"):
        ask("tags.rename", old="lead", new="HERO")
    for wrong in ("", "a,b", "x" * 65, "\u202eevil"):
        with pytest.raises(UnsafeName):
            ask("tags.add", name=wrong)
    with pytest.raises(ProjectError, match="no colour"):
        ask("tags.color", name="hero", color="red")


# Trash


def test_the_trash_is_listed_and_emptied(ask: Asking) -> None:
    one, two, three = ask.paths[:3]
    ask.gallery.rate(one, 5)
    ask.gallery.trash([one, two])
    ask.gallery.trash([three])
    reply = ask("trash")
    assert reply["total"] == 3 and reply["bytes"] == sum(entry["bytes"] for entry in reply["entries"])
    assert reply["entries"][0]["path"] == three
    assert all(entry["kind"] == "image" and entry["back"] == "" for entry in reply["entries"])
    chosen = [entry["id"] for entry in reply["entries"] if entry["path"] == two]
    assert ask("trash.empty", what="chosen", ids=chosen)["total"] == 2
    assert ask("trash.empty", what="old", days=1)["files"] == 0
    reply = ask("trash.empty", what="all")
    assert (reply["files"], reply["total"], reply["stopped"]) == (2, 0, False)
    assert ask.told[-1] == {"done": 2, "total": 2}


def test_what_is_restored_says_where_it_will_come_back(ask: Asking) -> None:
    one, two = ask.paths[:2]
    ask.gallery.rate(one, 5)
    ask.gallery.trash([one, two])
    shutil.copyfile(ask.gallery.root / ask.paths[0], ask.gallery.root / one)
    ask.gallery.scan()
    entries = {entry["path"]: entry for entry in ask("trash")["entries"]}
    stem = one.removesuffix(".png")
    assert entries[one]["back"] == f"{stem}_1.png" and entries[two]["back"] == ""
    reply = ask("trash.restore", ids=[entry["id"] for entry in entries.values()])
    assert sorted(reply["paths"]) == sorted([f"{stem}_1.png", two]) and "taken" in reply["notes"][0]
    assert reply["total"] == 0 and ask.gallery.row(f"{stem}_1.png")["rating"] == 5


def test_the_trash_shows_pictures_of_its_own_files_only(ask: Asking, tmp_path: Path) -> None:
    ask.gallery.trash(ask.paths[:2])
    ids = [entry["id"] for entry in ask("trash")["entries"]]
    ask("trash.pictures", ids=[*ids, "20260101T000000000000-00000000/no.png"])
    assert [bool(picture) for picture in ask.buffers] == [True, True, False]
    for wrong in ("../../outside.png", f"{ids[0].partition('/')[0]}/../../../x.png", "/etc/passwd"):
        with pytest.raises(UnsafeName):
            ask("trash.pictures", ids=[wrong])
    folder = ask.gallery.root / ".gallery" / ".trash" / "20260101T000000000000-00000001"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes((ask.gallery.root / ask.paths[0]).read_bytes())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    ask("trash.pictures", ids=[f"{folder.name}/link.png"])
    assert ask.buffers == [b""]


def test_emptying_can_be_stopped(ask: Asking) -> None:
    ask.gallery.trash(ask.paths[:8])

    def stop(fields: dict[str, Any]) -> None:
        if fields["done"] == 3:
            ask("trash.stop")

    reply = ask("trash.empty", Call(stop), what="all")
    assert (reply["files"], reply["total"], reply["stopped"]) == (3, 5, True)


def test_disk_use_names_the_trash_and_the_largest_folders(ask: Asking) -> None:
    ask.gallery.trash(ask.paths[:2])
    reply = ask("trash.usage")
    assert reply["trash"][0] == 2 and reply["total"][1] >= reply["trash"][1]
    sizes = [row[2] for row in reply["folders"]]
    assert len(sizes) == 3 and sizes == sorted(sizes, reverse=True)


# Duplicates


def copied(ask: Asking, *names: str) -> list[str]:
    """Copies of the first take beside it."""
    first = ask.paths[0]
    folder = first.rpartition("/")[0]
    made = [f"{folder}/{name}" for name in names]
    for path in made:
        shutil.copyfile(ask.gallery.root / first, ask.gallery.root / path)
    ask.gallery.scan()
    return [first, *made]


def test_copies_are_found_and_all_but_the_best_go_into_the_trash(ask: Asking) -> None:
    group = copied(ask, "zz_copy.png", "zz_other.png")
    ask.gallery.rate(group[1], 5)
    assert ask("copies.last")["search"] == 0
    reply = ask("copies", near=False, scope="all")
    (found,) = reply["groups"]
    assert found["kind"] == "exact" and found["keep"] == group[1] and "rated 5" in found["reason"]
    assert {take["path"] for take in found["takes"]} == set(group)
    assert reply["counts"]["exact"] == {"groups": 1, "files": 2, "bytes": found["bytes"]}
    assert any("done" in told for told in ask.told) and reply["complete"]
    done = ask("copies.trash", search=reply["search"])
    assert done["trashed"] == 2 and done["total"] == 0
    assert set(group) & set(ask.paths) == {group[1]}
    ask("history.undo")
    assert set(group) <= set(ask.paths)


def test_another_one_may_be_kept_and_a_group_left_alone(ask: Asking) -> None:
    group = copied(ask, "zz_copy.png")
    reply = ask("copies", near=False)
    found = reply["groups"][0]
    other = next(path for path in group if path != found["keep"])
    with pytest.raises(ProjectError, match="nothing is left"):
        ask("copies.trash", search=reply["search"], skip=[found["id"]])
    with pytest.raises(ProjectError, match="not in its group"):
        ask("copies.trash", search=reply["search"], keep={found["id"]: ask.paths[-1]})
    ask("copies.trash", search=reply["search"], groups=[found["id"]], keep={found["id"]: other})
    assert set(group) & set(ask.paths) == {other}


def test_a_group_that_changed_since_is_left_alone(ask: Asking) -> None:
    group = copied(ask, "zz_copy.png")
    reply = ask("copies", near=False)
    (ask.gallery.root / group[0]).write_bytes(QUICK.png(99))
    with pytest.raises(ProjectError, match="changed or moved"):
        ask("copies.trash", search=reply["search"])
    assert all((ask.gallery.root / path).exists() for path in group)
    ask.gallery.scan()
    assert ask("copies", near=False)["total"] == 0
    with pytest.raises(ProjectError, match="earlier search"):
        ask("copies.trash", search=reply["search"])


def test_a_search_for_copies_is_stopped_and_tells_so(ask: Asking) -> None:
    copied(ask, "zz_copy.png")
    reply = ask("copies", Call(lambda fields: ask("copies.stop")), near=True)
    assert reply["complete"] is False
    assert ask("copies", near=True)["complete"] is True


def test_copies_among_those_found_or_chosen(ask: Asking) -> None:
    group = copied(ask, "zz_copy.png", "zz_other.png")
    ask.model.refresh()
    ask.model.select(group[:2])
    reply = ask("copies", near=False, scope="chosen")
    assert {take["path"] for take in reply["groups"][0]["takes"]} == set(group[:2])
    ask.model.set(query="name:zz")
    reply = ask("copies", near=False, scope="found")
    assert {take["path"] for take in reply["groups"][0]["takes"]} == set(group[1:])
    assert reply["scopes"]["found"] == 2


# Renaming


def test_names_are_seen_before_anything_moves(ask: Asking) -> None:
    paths = ask.paths[:3]
    begun = ask("rename.begin", paths=paths)
    assert begun["count"] == 3 and ["{n:03d}", "a running number"] in begun["tokens"]
    plan = ask("rename.plan", takes=begun["takes"], how="template", text="Storm_{n:02d}", start=5)
    assert [row[1] for row in plan["rows"]] == ["Storm_05.png", "Storm_06.png", "Storm_07.png"]
    assert plan["ok"] and plan["changed"] == 3 and ask.paths[:3] == paths
    done = ask(
        "rename", takes=begun["takes"], how="template", text="Storm_{n:02d}", start=5, plan=plan["plan"]
    )
    assert dict(done["moves"]) == {
        old: f"{old.rpartition('/')[0]}/Storm_{n:02d}.png" for n, old in enumerate(paths, 5)
    }
    again = ask("rename.plan", takes=begun["takes"], how="find", text="Storm", replacement="Calm")
    assert [row[1] for row in again["rows"]] == ["Calm_05.png", "Calm_06.png", "Calm_07.png"]
    ask("history.undo")
    assert ask.paths[:3] == paths


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"how": "template", "text": "{nothing at all}"}, "no token"),
        ({"how": "template", "text": "{name"}, "expected"),
        ({"how": "template", "text": ""}, "empty"),
        ({"how": "pattern", "text": "("}, "can't be understood"),
        ({"how": "find", "text": ""}, "empty"),
    ],
)
def test_a_rule_that_is_being_typed_is_told_where_it_is_wrong(
    ask: Asking, fields: dict[str, Any], words: str
) -> None:
    takes = ask("rename.begin", paths=ask.paths[:2])["takes"]
    plan = ask("rename.plan", takes=takes, **fields)
    assert words in plan["wrong"] and plan["where"] == "text" and not plan["ok"]


def test_collisions_are_shown_and_refused(ask: Asking) -> None:
    folder = ask.paths[0].rpartition("/")[0]
    paths = [path for path in ask.paths if path.startswith(folder)]
    takes = ask("rename.begin", paths=paths[:3])["takes"]
    rule = {"takes": takes, "how": "template", "text": "same"}
    plan = ask("rename.plan", **rule)
    assert plan["problem_count"] >= 2 and not plan["ok"] and plan["problems"][0][2]
    with pytest.raises(ProjectError, match="nothing was"):
        ask("rename", **rule, plan=plan["plan"])
    taken = paths[3].rpartition("/")[2].removesuffix(".png")
    plan = ask("rename.plan", **{**rule, "text": taken})
    assert any("already" in problem[2] for problem in plan["problems"])
    for hostile in ("../outside", "a/b", "..", ".hidden", "CON"):
        plan = ask("rename.plan", **{**rule, "text": hostile})
        assert not plan["ok"], hostile
    assert all((ask.gallery.root / path).exists() for path in paths)


def test_a_sequence_is_numbered_in_the_order_that_is_asked_for(ask: Asking) -> None:
    paths = ask.paths[:4][::-1]
    takes = ask("rename.begin", paths=paths)["takes"]

    def first(order: str) -> str:
        plan = ask("rename.plan", takes=takes, how="sequence", text="Take{x}_", order=order)
        assert plan["rows"][0][1] == "Take{x}_001.png"
        return plan["rows"][0][0]

    assert first("shown") == paths[0]
    assert first("name") == min(paths, key=lambda path: path.rpartition("/")[2])
    assert first("time") == min(
        paths, key=lambda path: ask.gallery.row(path)["created"] or ask.gallery.row(path)["modified"]
    )


def test_what_is_renamed_is_what_was_seen(ask: Asking) -> None:
    one, two = ask.paths[:2]
    takes = ask("rename.begin", paths=[one, two])["takes"]
    rule = {"takes": takes, "how": "find", "text": "_", "replacement": "-"}
    plan = ask("rename.plan", **rule)
    (ask.gallery.root / one).unlink()
    with pytest.raises(ProjectError, match="changed since the preview"):
        ask("rename", **rule, plan=plan["plan"])
    assert (ask.gallery.root / two).exists()
    with pytest.raises(ProjectError, match="forgotten"):
        ask("rename.plan", **{**rule, "takes": 99})


def test_a_preview_that_nobody_waits_for_is_not_made(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = ask("rename.begin", paths=ask.paths)["takes"]
    monkeypatch.setattr(ask.gallery, "plan_rename", lambda *_, **__: pytest.fail("it was made"))
    call = Call()
    call.cancel.set()
    assert ask("rename.plan", call, takes=takes, how="template", text="x{n}") == {}


def test_only_takes_of_the_gallery_are_renamed(ask: Asking) -> None:
    for wrong in ("../outside.png", ".gallery/curation/log/x", "/etc/passwd"):
        with pytest.raises(UnsafeName):
            ask("rename.begin", paths=[wrong])


# Figures


def test_takes_are_counted_with_a_chart_a_table_and_code(ask: Asking) -> None:
    ask.gallery.rate(ask.paths[:3], 5)
    ask.model.refresh()
    reply = ask("stats", by=["folder"], value="hit_rate", width=400)
    assert reply["overview"]["files"] == 12 and reply["overview"]["hits"] == 3
    assert 'viewBox="0 0 400 ' in reply["chart"]
    assert sum(row[1] for row in reply["rows"]) == 12
    space: dict[str, Any] = {"display": lambda chart: None}
    lines = reply["code"].splitlines()
    assert lines[-1] == "table"
    exec("\n".join(lines), space)
    assert isinstance(space["table"], pd.DataFrame)
    assert space["table"]["count"].tolist() == [row[1] for row in reply["rows"]]
    space["gallery"].close()


def test_the_code_counts_what_is_seen(ask: Asking) -> None:
    folder = ask.paths[0].partition("/")[0]
    ask.gallery.rate(ask.paths[:3], 4)
    ask.model.set(query="rating>=4", folder=folder, filters={"kinds": ["image"]})
    ask.model.select(ask.paths[:2])
    for scope in ("found", "chosen", "all"):
        reply = ask("stats", by=["model", "rating"], scope=scope)
        space: dict[str, Any] = {"display": lambda chart: None}
        exec(reply["code"], space)
        assert len(space["table"]) == len(reply["rows"]) + reply["more"], scope
        assert int(space["table"]["count"].sum()) == sum(row[1] for row in reply["rows"]), scope
        space["gallery"].close()


def test_every_offered_column_can_be_counted_by(ask: Asking) -> None:
    for name in COUNTED:
        assert ask("stats", by=[name], scope="all")["rows"], name
    with pytest.raises(ProjectError, match="no column"):
        ask("stats", by=["nothing"])
    ask.model.set(query="name:nothing_of_that_name")
    assert ask("stats", by=["model"], scope="found")["rows"] == []


def test_a_name_in_a_chart_is_text(ask: Asking) -> None:
    ask("tags.put", paths=ask.paths[:1], add=[EVIL])
    reply = ask("stats", by=["tags"], scope="all")
    assert "<img" not in reply["chart"] and any(row[0] == EVIL for row in reply["rows"])


# Views and collections


def test_views_are_saved_applied_renamed_and_deleted(ask: Asking) -> None:
    ask.model.set(query="rating>=4", sort="-rating", view="list", size=120, filters={"tags": ["hero"]})
    reply = ask("views.save", name="Best")
    assert reply["views"][0]["now"] and "list" in reply["views"][0]["said"]
    before = ask.model.state
    ask.model.set(query="", sort="name", view="grid", filters={})
    assert not ask("views")["views"][0]["now"]
    ask("views.apply", name="best")
    assert ask.model.state == before
    with pytest.raises(ProjectError, match="already"):
        ask("views.save", name="BEST")
    ask("views.save", name="best", replace=True)
    assert [view["name"] for view in ask("views.rename", old="Best", new=EVIL)["views"]] == [EVIL]
    assert ask("views.delete", name=EVIL)["views"] == []
    with pytest.raises(ProjectError, match="no saved view"):
        ask("views.apply", name="Best")


def test_a_view_of_another_version_is_applied_as_far_as_it_is_known(ask: Asking) -> None:
    from studio.gallery.curation import SavedView

    ask.gallery.views.save(SavedView(name="later", query="w>10", sort="name", settings={"hologram": 3}))
    assert ask("views.apply", name="later")["left"] == ["hologram"]
    assert ask.model.state.query == "w>10"
    ask.gallery.views.save(SavedView(name="broken", query="(((", sort="name"))
    ask.gallery.views.save(SavedView(name="odd", query="", sort="name", settings={"size": "huge"}))
    before = ask.model.state
    for name in ("broken", "odd"):
        with pytest.raises(StudioError):
            ask("views.apply", name=name)
    assert ask.model.state == before


def test_collections_are_made_filled_shown_and_deleted(ask: Asking) -> None:
    one, two, three = ask.paths[:3]
    ask.model.select([one, three])
    ask("collections.make", name="Selects", paths=[one, two])
    reply = ask("collections.add", name="Selects", paths=[three], at=0)
    (row,) = reply["collections"]
    assert row["count"] == 3 and row["covers"] == [three, one, two] and row["chosen"] == 2
    assert ask("collections.remove", name="Selects", paths=[two])["collections"][0]["count"] == 2
    ask("collections.describe", name="Selects", note="for Anna", color="#00aa00")
    ask("collections.rename", old="Selects", new=EVIL)
    ask.model.set(query="rating>=4", filters={"rating": 5})
    ask("collections.show", name=EVIL)
    assert set(ask.model.found) == {one, three}
    (row,) = ask("collections")["collections"]
    assert (row["name"], row["note"], row["color"]) == (EVIL, "for Anna", "#00aa00")
    assert ask("collections.delete", name=EVIL)["collections"] == []
    assert (ask.gallery.root / one).exists()


# History


def test_history_is_taken_back_to_a_place_in_it(ask: Asking) -> None:
    one, two = ask.paths[:2]
    ask.gallery.rate(one, 3)
    ask.gallery.trash(two)
    ask.gallery.tag(one, "hero")
    deeds = ask("history")["deeds"]
    assert [deed["label"] for deed in deeds] == ["Tag", f"Trash {two.rpartition('/')[2]}", "Rate"]
    reply = ask("history.to", id=deeds[1]["id"])
    assert reply["said"] == "2 steps" and two in ask.paths and ask.gallery.row(one)["rating"] == 3
    assert ask("history.redo")["said"]
    assert ask("history.undo")["said"]
    ask("history.undo")
    assert ask("history.undo")["said"] == ""
    with pytest.raises(ProjectError, match="no longer there"):
        ask("history.to", id="said-99")


# What a page may not say


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("tags.add", {"name": 3}),
        ("tags.add", {"name": "x", "color": "#ffffff;background:url(x)"}),
        ("tags.merge", {"names": [], "into": "x"}),
        ("trash.empty", {"what": "everything"}),
        ("trash.pictures", {"ids": ["x"] * 61}),
        ("copies", {"near": "yes"}),
        ("copies.trash", {"search": 1, "keep": {"../x": "a"}}),
        ("rename.plan", {"takes": 1, "how": "shell", "text": "x"}),
        ("rename.plan", {"takes": 1, "how": "find", "text": "x", "step": 0}),
        ("stats", {"by": []}),
        ("stats", {"by": ["a", "b", "c"]}),
        ("views.save", {"name": "x", "settings": {}}),
        ("history.to", {"id": ""}),
    ],
)
def test_other_fields_are_refused(ask: Asking, what: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(what, **fields)


def test_the_desk_answers_from_several_threads(ask: Asking) -> None:
    """Worker threads ask at once; each gets a whole answer."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                ask("tags.put", paths=ask.paths[number : number + 1], add=[f"t{number}"])
                ask("stats", by=["tags"], scope="all")
                ask("history")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and names(ask("tags")) == {f"t{number}": 1 for number in range(4)}
