"""Who is let in: Jupyter's authentication and XSRF, roles, and roots."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from studio.project import Project
from studio.server.operation import PREFIX
from studio.server.routes import operations
from tests.server.conftest import Client
from tools.jupyter_pages import Server, jupyter_server

SHOT = {"look": {"kind": "live_action"}, "subject": "rain on a pier"}


def filled(path: str) -> str:
    """An operation's path with something in the place of its parts."""
    for name, value in {"version": "1"}.items():
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        path = path[: path.index("{")] + "Hero" + path[path.index("}") + 1 :]
    return PREFIX + path


@pytest.fixture
def cookies(ask: Client) -> dict[str, str]:
    """Of a browser that has logged in: it opened a page with the token."""
    answer = ask.raw("GET", f"/api/status?token={ask.server.token}")
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        found.load(line)
    answer = ask.raw("GET", "/studio/api/docs", headers={"Cookie": found.output(header="", sep=";")})
    for line in answer.headers.get_all("Set-Cookie") or []:
        found.load(line)
    return {name: morsel.coded_value for name, morsel in found.items()}


def header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def test_nothing_is_told_to_who_is_not_logged_in(ask: Client) -> None:
    for one in operations():
        answer = ask.raw(one.method, filled(one.path), body=b"{}")
        assert answer.status == 403, one.name
        assert answer.json["hint"], one.name
    for path in ("/studio/api/openapi.json", "/studio/files/film/Hero/x.png", "/studio/elsewhere"):
        assert ask.raw("GET", path).status == 403, path
    assert ask.raw("GET", "/studio/api/docs").status == 302  # to the login page
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    assert ask.raw("GET", "/studio/api/jobs/events?project=film", headers=upgrade).status == 403


def test_a_wrong_token_is_none(ask: Client) -> None:
    headers = {"Authorization": "token 0123456789abcdef"}
    assert ask.raw("GET", f"{PREFIX}/health", headers=headers).status == 403


def test_a_cookie_changes_nothing_without_the_xsrf_token(ask: Client, cookies: dict[str, str]) -> None:
    path, body = f"{PREFIX}/panels", b'{"project": "film", "name": "Forged"}'
    logged_in = {"Cookie": header(cookies)}
    assert ask.raw("GET", f"{PREFIX}/health", headers=logged_in).status == 200
    assert ask.raw("POST", path, body=body, headers=logged_in).status == 403
    forged = {**logged_in, "X-XSRFToken": "2|aaaaaaaa|bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb|1"}
    assert ask.raw("POST", path, body=body, headers=forged).status == 403
    names = [panel["name"] for panel in ask("GET", "panels", project="film").json]
    assert "Forged" not in names
    honest = {**logged_in, "X-XSRFToken": cookies["_xsrf"]}
    assert ask.raw("POST", path, body=body, headers=honest).status == 201


def test_another_site_gets_nothing(ask: Client, cookies: dict[str, str]) -> None:
    foreign = {"Cookie": header(cookies), "Origin": "https://elsewhere.example"}
    assert ask.raw("GET", f"{PREFIX}/health", headers=foreign).status in (403, 404)


def test_a_foreign_host_name_is_refused(ask: Client) -> None:
    headers = {"Authorization": f"token {ask.server.token}", "Host": "elsewhere.example"}
    assert ask.raw("GET", f"{PREFIX}/health", headers=headers).status == 403


def test_what_is_no_operation_says_so(ask: Client) -> None:
    assert ask("GET", "nope").json["hint"] == "" and ask("GET", "nope").status == 404
    answer = ask("PUT", "health", {})
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, OPTIONS"
    assert ask.raw("GET", f"{PREFIX}/terms/%ff", headers=_token(ask)).status == 400


@pytest.mark.parametrize(
    "address", ["..", "../film", "film/../../etc", "/etc", ".hidden", "film/.studio", "film\\..\\..", "a\0b"]
)
def test_no_address_leads_out(ask: Client, address: str) -> None:
    for path in ("project", "panels", "jobs", "gallery/takes", "backends"):
        assert ask("GET", path, project=address).status in (404, 422), path
    assert ask("GET", "folders", folder=address).status in (404, 422)
    if address not in ("/etc",):
        assert ask("POST", "projects", {"project": address}).status == 422
        assert ask("POST", "folders", {"folder": address}).status == 422


def test_links_are_refused(ask: Client, root: Path, tmp_path: Path) -> None:
    with Project.open(tmp_path / "secret"):
        pass
    (tmp_path / "secret" / "take.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "way-out").symlink_to(tmp_path / "secret")
    (root / "film" / "take.png").symlink_to(tmp_path / "secret" / "take.png")
    try:
        assert ask("GET", "project", project="way-out").status == 422
        assert ask("GET", "/studio/files/way-out/take.png").status == 422
        assert ask("GET", "/studio/files/film/take.png").status == 422
        assert "way-out" not in [one["project"] for one in ask("GET", "projects").json]
        assert "way-out" not in [one["name"] for one in ask("GET", "folders").json["folders"]]
    finally:
        (root / "way-out").unlink()
        (root / "film" / "take.png").unlink()


def test_paths_of_the_server_are_not_told(ask: Client, root: Path) -> None:
    answer = ask("GET", "panels/None", project="film")
    assert answer.status == 404
    assert str(root) not in answer.data.decode()
    assert str(root) not in ask("POST", "projects", {"project": "film"}).data.decode()


@pytest.fixture(scope="module")
def reviewer(
    root: Path, settings_folder: Path, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> object:
    """A second server on the same folder, for a reviewer, with two roots."""
    home = tmp_path_factory.mktemp("jupyter")
    other = tmp_path_factory.mktemp("other")
    with Project.open(other / "short"):
        pass
    options = (
        "--StudioServer.role=reviewer",
        f"--StudioServer.roots={root / 'film'}",
        f"--StudioServer.roots={other}",
    )
    variables = {"STUDIO_CONFIG": str(settings_folder)}
    with jupyter_server(root, home, options=options, variables=variables) as running:
        yield Client(running)


def test_a_reviewer_looks_rates_and_notes(reviewer: Client) -> None:
    health = reviewer("GET", "health").json
    assert (health["role"], health["may"]) == ("reviewer", ["note", "rate"])
    assert reviewer("GET", "panels", project="film").status == 200
    changed = reviewer("PATCH", "panels/Harbour", {"project": "film", "rating": 3, "notes": "Wetter."})
    assert changed.status == 200
    assert changed.json["entry"]["rating"] == 3


def test_a_reviewer_is_refused_the_rest(reviewer: Client) -> None:
    refused = {
        ("POST", "jobs"): {"project": "film", "panel": "Hero", "shot": SHOT},
        ("POST", "job-groups"): {"project": "film", "panel": "Hero", "shot": SHOT},
        ("POST", "panels"): {"project": "film", "name": "Mine"},
        ("PATCH", "panels/Hero"): {"project": "film", "name": "Theirs"},
        ("PATCH", "project"): {"project": "film", "name": "mine"},
        ("POST", "projects"): {"project": "film/mine"},
        ("POST", "folders"): {"folder": "film/mine"},
        ("POST", "gallery/move"): {"project": "film", "paths": ["a.png"], "folder": "b"},
        ("POST", "gallery/trash"): {"project": "film", "paths": ["a.png"]},
        ("POST", "backend-entries"): {"project": "film", "url": "http://127.0.0.1:9"},
        ("POST", "backends/box/free"): {"project": "film"},
        ("POST", "prompts/enhance"): {**SHOT, "target": "flux"},
    }
    for (method, path), body in refused.items():
        answer = reviewer(method, path, body)
        assert answer.status == 403, (path, answer.data)
        assert answer.json["kind"] == "NotAllowed", path
    for path in ("panels/Hero", "jobs/x", "job-groups/x", "gallery/trash", "backend-entries/box"):
        query = {"project": "film", **({"sure": "true"} if path == "gallery/trash" else {})}
        assert reviewer("DELETE", path, **query).status == 403, path


def test_several_roots_have_names(reviewer: Client) -> None:
    projects = [one["project"] for one in reviewer("GET", "projects").json]
    other = next(name for name in reviewer("GET", "health").json["roots"] if name != "film")
    assert sorted(projects) == sorted(["film", f"{other}/short"])
    assert reviewer("GET", "project", project=f"{other}/short").json["name"] == "short"
    assert reviewer("GET", "project", project="").status == 422
    assert [one["name"] for one in reviewer("GET", "folders").json["folders"]] == ["film", other]
    answer = reviewer("POST", "console", {"project": f"{other}/short"})
    assert answer.status == 409  # Jupyter's file browser does not go there


def _token(ask: Client) -> dict[str, str]:
    return {"Authorization": f"token {ask.server.token}"}
