"""Backends in files: layers, errors that name file and entry, changes in place, and no secret anywhere."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from studio.errors import BackendError, DataFileError, StorageError
from studio.render import Backend
from studio.render.registry import Registry, user_file

PROJECT = """\
# our film
format = 1
name = "film"
naming = "{project}_{panel}_{version}"
x_ours = { kept = true }

# the big one in the cellar
[[backends]]
url = "https://render.example.com/comfy"   # behind the proxy
name = "big"
tags = ["video"]
x_rack = 7

[[backends]]
url = "127.0.0.1:8188"

[look]
preset = "none"
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    project = tmp_path / "film" / "studio.toml"
    project.parent.mkdir()
    project.write_text(PROJECT)
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "home"))
    return Registry(project)


def write_user(registry: Registry, text: str) -> None:
    registry.user.parent.mkdir(exist_ok=True)
    registry.user.write_text(text)


def names(registry: Registry) -> list[tuple[str, str]]:
    return [(entry.name, entry.layer) for entry in registry.entries()]


def text_of(registry: Registry) -> str:
    assert registry.project is not None
    return registry.project.read_text()


# reading


def test_fields_of_a_backend(registry: Registry) -> None:
    write_user(
        registry,
        '[[backends]]\nurl = "http://box:1/c"\nname = "box"\ntags = ["a", "b"]\nweight = 2.5\n'
        "max_queue = 3\nenabled = false\n",
    )
    box = registry.load()[-1]
    assert (box.url, box.name, box.tags, box.weight) == ("http://box:1/c", "box", {"a", "b"}, 2.5)
    assert (box.max_queue, box.enabled) == (3, False)


def test_the_users_backends_come_after_the_projects(registry: Registry) -> None:
    write_user(registry, 'backends = ["http://mine:1", { url = "http://other:1", name = "other" }]')
    assert names(registry) == [
        ("big", "project"),
        ("127.0.0.1:8188", "project"),
        ("mine:1", "user"),
        ("other", "user"),
    ]
    assert len(registry.load(with_user=False)) == 2


def test_no_files_no_backends(tmp_path: Path) -> None:
    assert Registry(tmp_path / "no.toml", user=tmp_path / "none.toml").load() == ()
    assert Registry(user=tmp_path / "none.toml").load() == ()


def test_a_project_changes_a_users_backend_field_by_field(registry: Registry) -> None:
    assert registry.project is not None
    write_user(registry, '[[backends]]\nurl = "http://box:1"\nname = "box"\nweight = 3\ntags = ["a"]\n')
    registry.project.write_text('[[backends]]\nname = "box"\ntags = ["film"]\n')
    (box,) = registry.load()
    assert (box.url, box.weight, box.tags) == ("http://box:1", 3, {"film"})


def test_a_project_can_not_send_the_users_token_elsewhere(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.project is not None
    monkeypatch.setenv("BOX_TOKEN", "hunter2")
    write_user(registry, '[[backends]]\nurl = "http://box:1"\nname = "box"\ntoken = "env:BOX_TOKEN"\n')
    registry.project.write_text('[[backends]]\nname = "box"\nurl = "http://evil:1"\n')
    (box,) = registry.load()
    assert box.url == "http://evil:1" and not box.headers


def test_a_project_may_switch_off_a_box_that_this_user_has_not(registry: Registry) -> None:
    assert registry.project is not None
    registry.project.write_text('[[backends]]\nname = "box"\nenabled = false\n')
    assert registry.load() == ()
    registry.project.write_text('[[backends]]\nname = "box"\n')
    with pytest.raises(DataFileError, match="the url is missing") as caught:
        registry.load()
    assert str(registry.project) in str(caught.value) and "box" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("backends = 3", "a list is wanted"),
        ("backends = [3]", "an address or a table"),
        ("[[backends]]\nname = 'x'\nurl = 3", "url"),
        ("[[backends]]\nname = 4\nurl = 'http://a'", "name: a text is wanted"),
        ("[[backends]]\nurl = 'http://a'\nweight = 0", "weight"),
        ("[[backends]]\nurl = 'http://a'\nweight = nan", "weight"),
        ("[[backends]]\nurl = 'http://a'\nmax_queue = 0", "max_queue"),
        ("[[backends]]\nurl = 'http://a'\ntags = 'video'", "tags"),
        ("[[backends]]\nurl = 'http://a'\nenabled = 'perhaps'", "enabled"),
        ("[[backends]]\nurl = 'http://a'\nheaders = 3", "headers"),
        ("[[backends]]\nurl = 'http://a'\nheaders = { 'a b' = 'c' }", "header"),
        ("[[backends]]\nurl = 'ftp://u:hunter2@a'", "starts with ftp"),
        ("[[backends]]\nurl = 'http://a?token=hunter2'", "query"),
        ("backends = ['http://a', 'http://a']", "two backends are called a"),
        ("backends = [", "not valid TOML"),
        ("[[backends]]\nurl = 'http://a'\ntoken = 'keyring:nothing'", "keyring:service/user"),
        ("[[backends]]\nurl = 'http://a'\ntoken = 'env:NOT_SET_ANYWHERE'", "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_field(registry: Registry, text: str, message: str) -> None:
    write_user(registry, text)
    with pytest.raises(DataFileError, match=message) as caught:
        registry.load()
    assert str(registry.user) in caught.value.where
    assert "hunter2" not in str(caught.value)


def test_where_the_users_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path))
    assert user_file() == tmp_path / "studio.toml"


# secrets


def test_a_token_from_the_environment(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFY_TOKEN", "hunter2")
    write_user(registry, '[[backends]]\nurl = "http://box:1"\ntoken = "env:COMFY_TOKEN"\n')
    entry = registry.entries()[-1]
    assert entry.backend.headers["Authorization"].get_secret_value() == "Bearer hunter2"
    assert "hunter2" not in repr(entry) + entry.backend.model_dump_json()


def fake_keyring(monkeypatch: pytest.MonkeyPatch, answers: Any) -> None:
    module = ModuleType("keyring")
    module.get_password = answers  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)


def test_a_token_from_the_keyring(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {("comfy/farm", "big"): "hunter2"}
    fake_keyring(monkeypatch, lambda service, user: known.get((service, user)))
    write_user(
        registry, '[[backends]]\nurl = "http://box:1"\nheaders = { X-Key = "keyring:comfy/farm/big" }\n'
    )
    assert registry.load()[-1].headers["X-Key"].get_secret_value() == "hunter2"
    write_user(registry, '[[backends]]\nurl = "http://box:1"\ntoken = "keyring:comfy/none"\n')
    with pytest.raises(DataFileError, match="the keyring has nothing for none at comfy"):
        registry.load()


def test_a_keyring_that_is_locked_or_not_there(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    write_user(registry, '[[backends]]\nurl = "http://box:1"\ntoken = "keyring:comfy/big"\n')

    def locked(service: str, user: str) -> str:
        raise RuntimeError("hunter2")

    fake_keyring(monkeypatch, locked)
    with pytest.raises(DataFileError, match=r"does not answer \(RuntimeError\)") as caught:
        registry.load()
    assert "hunter2" not in str(caught.value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(DataFileError, match="pip install keyring"):
        registry.load()


def test_references_in_code_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFY_TOKEN", "hunter2")
    backend = Backend(url="http://box", token="env:COMFY_TOKEN", headers={"X": "plain"})
    assert {key: value.get_secret_value() for key, value in backend.headers.items()} == {
        "X": "plain",
        "Authorization": "Bearer hunter2",
    }
    assert Backend.model_validate(backend.model_dump()) == backend
    with pytest.raises(DataFileError, match="NOT_SET is not set"):
        Backend(url="http://box", token="env:NOT_SET")


# writing


def test_a_backend_is_added_in_place(registry: Registry) -> None:
    added = registry.add({"url": "http://new:1", "name": "new", "tags": {"b", "a"}, "x_own": 1})
    assert added.name == "new"
    text = text_of(registry)
    assert "# our film" in text and "# the big one in the cellar" in text and "x_rack = 7" in text
    assert 'tags = ["a", "b"]' in text and "x_own = 1" in text
    before, after = tomllib.loads(PROJECT), tomllib.loads(text)
    assert after.pop("backends")[:2] == before.pop("backends")
    assert after == before
    assert names(registry)[2] == ("new", "project")


def test_a_file_is_made_for_the_first_backend(registry: Registry) -> None:
    registry.add(Backend(url="http://mine:1", name="mine", weight=2, tags=frozenset("a")), to="user")
    assert tomllib.loads(registry.user.read_text()) == {
        "backends": [{"url": "http://mine:1", "name": "mine", "tags": ["a"], "weight": 2.0}]
    }
    assert names(registry)[-1] == ("mine", "user")


def test_addresses_in_a_row_stay_one(registry: Registry) -> None:
    write_user(registry, 'backends = ["http://a:1", "http://b:1"] # two\n')
    registry.add("http://c:1", to="user")
    registry.enable("a:1", False)
    registry.remove("b:1")
    table = tomllib.loads(registry.user.read_text())
    assert table == {"backends": [{"url": "http://a:1", "enabled": False}, {"url": "http://c:1"}]}
    assert "# two" in registry.user.read_text()


def test_a_backend_is_taken_out_of_the_file_that_names_it(registry: Registry) -> None:
    write_user(registry, '[[backends]]\nurl = "http://mine:1"\nname = "mine"\n')
    registry.remove("mine")
    assert tomllib.loads(registry.user.read_text()) == {}
    registry.remove("big")
    registry.remove("127.0.0.1:8188")
    table = tomllib.loads(text_of(registry))
    assert "backends" not in table and table["look"] == {"preset": "none"}
    assert "# our film" in text_of(registry)
    with pytest.raises(DataFileError, match="no file names a backend 'big'"):
        registry.remove("big")


def test_fields_are_changed_in_place(registry: Registry) -> None:
    assert registry.enable("big", False).enabled is False
    assert registry.update("big", tags=frozenset({"still"}), weight=None, max_queue=4).max_queue == 4
    text = text_of(registry)
    assert "# behind the proxy" in text and "x_rack = 7" in text
    big = tomllib.loads(text)["backends"][0]
    assert (big["tags"], big["enabled"], big["max_queue"]) == (["still"], False, 4)


def test_a_users_backend_is_changed_in_the_users_file(registry: Registry) -> None:
    write_user(registry, '[[backends]]\nurl = "http://mine:1"\nname = "mine"\n')
    registry.enable("mine", False)
    assert "enabled = false" in registry.user.read_text()
    assert text_of(registry) == PROJECT


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("ftp://x", "starts with ftp"),
        ({"url": "http://x", "weight": -1}, "weight"),
        ({"url": "http://other", "name": "big"}, "called big already"),
        ("http://127.0.0.1:8188", "called 127.0.0.1:8188 already"),
        ({"url": "http://x", "token": "hunter2"}, "token would lie in the file"),
        ({"url": "http://x", "headers": {"X-Api-Key": "hunter2"}}, "header X-Api-Key would lie"),
        ({"url": "http://u:hunter2@x"}, "password in the url"),
        (Backend(url="http://x", headers={"Cookie": "hunter2"}), "references in place of secrets"),
    ],
)
def test_what_can_not_be_added(registry: Registry, entry: Any, message: str) -> None:
    with pytest.raises((DataFileError, BackendError), match=message) as caught:
        registry.add(entry)
    assert "hunter2" not in str(caught.value)
    assert text_of(registry) == PROJECT


@pytest.mark.parametrize(
    "fields", [{"weight": 0}, {"token": "hunter2"}, {"name": "127.0.0.1:8188"}, {"url": "?"}]
)
def test_what_can_not_be_changed(registry: Registry, fields: dict[str, Any]) -> None:
    with pytest.raises((DataFileError, BackendError)):
        registry.update("big", **fields)
    assert text_of(registry) == PROJECT


def test_a_disk_that_refuses_leaves_the_old_file(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> Path:
        raise StorageError("the disk is full", path=path)

    monkeypatch.setattr("studio.render.backend_file.write_atomically", full)
    with pytest.raises(StorageError):
        registry.add("http://new:1")
    assert text_of(registry) == PROJECT


def test_there_is_no_project_to_write_into(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="to='user'"):
        Registry(user=tmp_path / "u.toml").add("http://a")
