"""Who comes into a served film, and as what: tokens, a proxy's word, and servers that refuse to start."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from studio.access import PERMISSIONS
from studio.errors import DataFileError, NotAllowed, StudioError
from studio.voila import config
from studio.voila.config import VoilaFile, guests, is_loopback, read_file
from studio.voila.door import Door, hashed

TOKEN = "a-token-of-sixteen-or-more"


def file_of(tmp_path: Path, text: str) -> VoilaFile:
    path = tmp_path / "voila.toml"
    path.write_text(text)
    return read_file(path)


def door_of(file: VoilaFile, *roles: str, host: str = "127.0.0.1", token: bool = True) -> Door:
    return guests(file, roles=roles, host=host, token=token).door([Path("/film")], ["http://box"])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "studio.example", ""])
def test_without_a_token_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(StudioError, match="could come in"):
        guests(VoilaFile(), roles=[], host=host, token=False)
    assert guests(VoilaFile(), roles=[], host=host, token=True).tokens.keys() == {"director"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.0.1"])
def test_on_this_machine_a_token_may_be_left_out(host: str) -> None:
    assert is_loopback(host)
    found = guests(VoilaFile(), roles=["reviewer"], host=host, token=False)
    assert found.anybody is not None and found.anybody.role == "reviewer" and found.tokens == {}


def test_a_link_for_each_role_that_is_asked_for() -> None:
    found = guests(VoilaFile(), roles=["director", "reviewer", "reviewer"], host="0.0.0.0", token=True)
    door = found.door([Path("/film")], [])
    assert list(found.tokens) == ["director", "reviewer"]
    for role, token in found.tokens.items():
        visitor = door.by_token(token)
        assert visitor is not None and visitor.role == role
    assert all(token not in door.model_dump_json() for token in found.tokens.values())
    assert door.by_token("") is door.by_token("x") is door.by_token(hashed(found.tokens["director"])) is None
    with pytest.raises(NotAllowed, match="king"):
        guests(VoilaFile(), roles=["king"], host="0.0.0.0", token=True)


def test_visitors_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNA_TOKEN", TOKEN)
    other = "another-token-for-somebody"
    file = file_of(
        tmp_path,
        '[[visitor]]\nname = "Anna"\nrole = "director"\ntoken = "env:ANNA_TOKEN"\n'
        f'[[visitor]]\nname = "Pia"\nrole = "producer"\ntoken = "sha256:{hashed(other)}"\n'
        '[role.producer]\nmay = ["note"]\n',
    )
    door = door_of(file, host="0.0.0.0")
    assert {visitor.name for visitor in door.visitors} == {"Anna", "Pia"}
    anna, pia = door.by_token(TOKEN), door.by_token(other)
    assert anna is not None and anna.may == set(PERMISSIONS)
    assert pia is not None
    grant = door.grant(pia)
    assert (grant.user, grant.role, grant.may) == ("Pia", "producer", {"note"})
    assert (grant.projects, grant.backends) == (("/film",), ("http://box",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'[[visitor]]\nname = "A"\nrole = "director"\ntoken = "{TOKEN}"', f"sha256:{hashed(TOKEN)}"),
        ('[[visitor]]\nname = "A"\nrole = "director"', "no token"),
        ('[[visitor]]\nname = "A"\nrole = "director"\ntoken = "env:NOBODY_HAS_SET"', "is not set"),
        ('[[visitor]]\nname = "A"\nrole = "director"\ntoken = "env:SHORT"', "too short"),
        ('[[visitor]]\nname = "A"\nrole = "director"\ntoken = "sha256:12"', "no SHA-256"),
        ('[proxy]\nheader = "X-User"\ntrusted = []', "trusted"),
        ('[proxy]\nheader = "X User"\ntrusted = ["127.0.0.1"]', "header"),
        ('[proxy]\nheader = "X-User"\ntrusted = ["nowhere"]', "trusted"),
        ("[role.director]\nmay = []", "can't be another one"),
        ("tokens = 3", "tokens"),
        ("port = 99999999", "port"),
    ],
)
def test_what_is_wrong_in_the_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("SHORT", "short")
    with pytest.raises(DataFileError) as told:
        door_of(file_of(tmp_path, text))
    assert words in str(told.value)
    assert TOKEN not in str(told.value)


def test_a_proxys_word_counts_only_on_its_own_connection(tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        '[proxy]\nheader = "X-User"\ntrusted = ["10.0.0.5", "10.1.0.0/16"]\n'
        '[proxy.users]\nanna = "director"\n',
    )
    door = door_of(file, host="0.0.0.0")
    assert guests(file, roles=[], host="0.0.0.0", token=True).tokens == {}, "nobody else comes in"
    for peer in ("10.0.0.5", "10.1.2.3", "::ffff:10.0.0.5"):
        found = door.by_header(peer, ["anna"])
        assert found is not None and found.role == "director"
    for peer in ("10.0.0.6", "127.0.0.1", "", "10.0.0.5, 10.0.0.5", "::1"):
        assert door.by_header(peer, ["anna"]) is None
    for values in ([], ["anna", "anna"], ["anna,anna"], ["mia"], [""], ["ANNA"]):
        assert door.by_header("10.0.0.5", values) is None
    open_to_all = file.model_copy(update={"proxy": file.proxy.model_copy(update={"default": "reviewer"})})  # type: ignore[union-attr]
    found = door_of(open_to_all).by_header("10.0.0.5", ["mia"])
    assert found is not None and (found.name, found.role) == ("mia", "reviewer")
    assert door_of(open_to_all).by_header("10.0.0.5", ["m\nia"]) is None


def test_somebody_of_the_proxy_has_no_token(tmp_path: Path) -> None:
    file = file_of(
        tmp_path, '[proxy]\nheader = "X-User"\ntrusted = ["10.0.0.5"]\n[proxy.users]\nanna = "director"\n'
    )
    assert door_of(file).by_token("") is None


def test_a_kernel_gets_its_grant_and_none_of_the_servers_secrets() -> None:
    pytest.importorskip("voila")
    from studio.voila.app import Server

    server = Server.__new__(Server)
    found = guests(VoilaFile(), roles=["reviewer"], host="127.0.0.1", token=True)
    server.door = found.door([Path("/film")], ["http://box"])
    token = found.tokens["reviewer"]
    visitor = server.door.by_token(token)
    assert visitor is not None
    env = server.environment(
        {
            "PATH": "/bin",
            "STUDIO_GRANT": '{"role": "director"}',
            "STUDIO_PROJECT": "/elsewhere",
            "STUDIO_DOOR": "{}",
            "JUPYTER_TOKEN": "secret",
            "HTTP_X_FORWARDED_USER": "anna",
            "QUERY_STRING": f"token={token}&theme=dark",
            "VOILA_REQUEST_URL": f"http://127.0.0.1:1/gallery?token={token}&theme=dark",
        },
        visitor,
    )
    assert token not in str(env) and "secret" not in str(env) and "HTTP_X_FORWARDED_USER" not in env
    assert env["STUDIO_PROJECT"] == "/film" and '"reviewer"' in env["STUDIO_GRANT"]
    assert env["QUERY_STRING"] == "theme=dark"
    assert env["VOILA_REQUEST_URL"] == "http://127.0.0.1:1/gallery?theme=dark"


def test_the_example_in_the_docs_is_right(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNA_TOKEN", TOKEN)
    blocks = (root / "docs" / "sharing.md").read_text().split("```toml\n")[1:]
    role, people, proxy = (block.split("```")[0] for block in blocks)
    door = door_of(file_of(tmp_path, people + proxy + role))
    assert {visitor.name for visitor in door.visitors} == {"Anna", "Mia", "anna"}
    assert config.read_file(tmp_path / "voila.toml").projects == ("/films/harbour",)


def test_tokens_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("voila")
    from studio.voila.app import Scrub

    log = logging.getLogger("test_door")  # tornado's own may have been silenced by a Jupyter program's set-up
    scrub = Scrub()
    log.addFilter(scrub)
    try:
        log.warning("%d %s: %s", 403, f"POST /voila?token={TOKEN}&x=1 (127.0.0.1)", "no _xsrf")
    finally:
        log.removeFilter(scrub)
    assert TOKEN not in caplog.text and "token=[secret]&x=1" in caplog.text
