"""What can be asked for: each heading once through, against a real server, project and backend."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from studio.data import data_folder
from studio.project import Project
from tests.server.conftest import API, Client

SHOT = {
    "look": {"kind": "live_action", "camera": {"body": "arri_alexa_35"}},
    "subject": "a captain on a pier",
    "parameters": {"width": 320, "height": 256, "steps": 2},
    "seed": str(2**64 - 1),
}


def wait_for(ask: Client, job: str) -> dict[str, Any]:
    """The job when it has ended, by the websocket."""

    async def listen() -> dict[str, Any]:
        url = ask.server.url.replace("http", "ws") + f"/studio/api/jobs/events?project=film&job={job}"
        headers = {"Authorization": f"token {ask.server.token}"}
        async with websockets.connect(url, additional_headers=headers) as socket:
            async for message in socket:
                for told in json.loads(message)["jobs"]:
                    if told["state"] in ("done", "failed", "cancelled"):
                        return dict(told)
        raise AssertionError("the socket closed before the job ended")

    return asyncio.run(asyncio.wait_for(listen(), 120))


@pytest.fixture(scope="module")
def take(ask: Client) -> dict[str, Any]:
    """A take that was rendered through the server."""
    sent = ask("POST", "jobs", {"project": "film", "panel": "Hero", "shot": SHOT})
    assert sent.status == 202, sent.data
    ended = wait_for(ask, sent.json["id"])
    assert ended["state"] == "done", ended
    (name,) = ended["takes"]
    (version,) = [one for one in ask("GET", "panels/Hero/takes", project="film").json if one["name"] == name]
    return dict(version)


def test_looks(ask: Client) -> None:
    found = ask("GET", "presets", text="blade runner").json
    assert "blade_runner_2049" in [one["id"] for one in found]
    assert ask("GET", "presets/vertigo").json["year"] == 1958
    assert ask("GET", "presets/nonesuch").status == 404
    made = ask("POST", "looks", {"preset": "vertigo", "changes": {"lens.focal_length_mm": 50}}).json
    assert made["look"]["lens"]["focal_length_mm"] == 50
    assert made["status"] in ("valid", "warning", "invalid")
    digital = {"kind": "live_action", "camera": {"body": "arri_alexa_35", "film_stock": "kodak_65mm_250d"}}
    verdict = ask("POST", "looks/validate", {"look": digital})
    assert verdict.status == 200, verdict.data
    assert not verdict.json["ok"]
    assert "LA_DIGITAL_NO_FILM_STOCK" in [one["rule"] for one in verdict.json["report"]["violations"]]
    look = {"kind": "live_action", "camera": {"body": "arri_alexa_35"}}
    stocks = ask("POST", "looks/options", {"look": look, "field": "camera.film_stock"}).json
    barred = next(one for one in stocks["camera.film_stock"] if one["value"] == "kodak_65mm_250d")
    assert not barred["allowed"] and barred["reason"]
    everything = ask("POST", "looks/options", {"look": look}).json
    assert set(everything) == {one["name"] for one in ask("GET", "looks/fields").json}
    wrong = ask("POST", "looks/validate", {"look": {"kind": "live_action", "camera": {"body": "nonesuch"}}})
    assert wrong.status == 422
    assert wrong.json["kind"] == "LookError"
    assert "mood" in ask("GET", "terms").json
    assert ask("GET", "terms/mood").json[0]["words"]
    assert ask("GET", "gear/lenses").json and ask("GET", "rules", kind="animation").json


@pytest.fixture
def red(root: Path) -> Iterator[Path]:
    """Another project beside `film`, with a stock and a preset of its own."""
    with Project.open(root / "red") as project:
        gear, looks = project.path / "presets" / "gear", project.path / "presets" / "live_action"
        gear.mkdir(parents=True)
        looks.mkdir()
        (gear / "stocks.toml").write_text(
            '[stock.red_100]\nname = "Red 100"\nmanufacturer = "Red"\ngauges = ["35mm"]\niso = 100\n'
            'balance = "daylight"\nprocess = "colour negative"\nyear = 1960\nsource = "none: made up"\n'
        )
        shipped = data_folder("presets") / "live_action" / "vertigo.toml"
        (looks / "of_red.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    yield project.path
    shutil.rmtree(project.path)


def test_a_projects_own_presets_and_gear_are_known_for_it_and_for_no_other(ask: Client, red: Path) -> None:
    look = {"kind": "live_action", "camera": {"film_stock": "red_100"}}
    for _ in range(2):  # opened, and open already
        assert ask("GET", "panels", project="red").status == 200
        assert ask("GET", "presets/of_red", project="red").status == 200
        assert ask("POST", "looks/validate", {"look": look, "project": "red"}).status == 200
        assert ask("GET", "presets/of_red").status == 404
        assert ask("GET", "presets/of_red", project="film").status == 404
        assert ask("POST", "looks/validate", {"look": look, "project": "film"}).status == 422
        assert ask("POST", "looks/validate", {"look": look}).status == 422
    assert ask("GET", "presets", project="nowhere").status == 404
    assert (
        ask("POST", "looks/validate", {"look": {"kind": "live_action"}, "project": "nowhere"}).status == 404
    )


def test_prompts_and_angles(ask: Client) -> None:
    body = {"look": SHOT["look"], "subject": "a captain", "target": "flux", "angle": "030-LA-CU"}
    assert "captain" in ask("POST", "prompts", body).json["positive"]
    assert ask("POST", "prompts", {**body, "target": "nonesuch"}).status == 422
    assert len(ask("GET", "angles").json) == 144
    assert len(ask("GET", "angles", size="wide", height="low-angle").json) == 12
    assert ask("GET", "angles/030-LA-CU").json["degrees"] == 30
    assert ask("GET", "angles/sideways").status == 404
    assert {"flux.2", "sdxl"} <= {one["id"] for one in ask("GET", "targets").json}


def test_no_provider_by_its_address(ask: Client) -> None:
    """A language model's address would have the server call whatever it is told to."""
    body = {"look": SHOT["look"], "subject": "x", "provider": "http://127.0.0.1:9/v1"}
    answer = ask("POST", "prompts/enhance", body)
    assert (answer.status, answer.json["where"]) == (422, "body.provider")


def test_templates(ask: Client) -> None:
    assert "sdxl" in [one["id"] for one in ask("GET", "templates").json]
    sheet = ask("GET", "templates/sdxl", project="film").json
    assert next(one for one in sheet["parameters"] if one["type"] == "seed")["default"].isdigit()
    built = ask("POST", "templates/sdxl/build", {"shot": SHOT})
    assert built.status == 200, built.data
    seen = ask("POST", "workflows/inspect", {"workflow": built.json["graph"]}).json
    assert seen["hash"] == built.json["hash"]
    seed = next(one for one in seen["parameters"] if one["type"] == "seed")
    assert seed["value"] == SHOT["seed"]  # as text, to the last digit
    assert ask("POST", "workflows/inspect", {"workflow": {"1": 2}}).status == 422
    assert ask("GET", "templates/nonesuch").status == 404
    assert any("sdxl" in ids for ids in ask("GET", "template-categories").json.values())


def test_projects(ask: Client, root: Path) -> None:
    made = ask("POST", "projects", {"project": "shorts/first", "name": "First"})
    assert made.status == 201, made.data
    assert (root / "shorts" / "first" / "studio.toml").is_file()
    assert ask("POST", "projects", {"project": "shorts/first"}).status == 409
    assert "shorts/first" in [one["project"] for one in ask("GET", "projects").json]
    changed = ask("PATCH", "project", {"project": "shorts/first", "naming": "{panel}_{version:04d}"})
    assert changed.json["naming"] == "{panel}_{version:04d}"
    refused = ask("PATCH", "project", {"project": "shorts/first", "naming": "no version"})
    assert refused.status == 422
    names = ask("GET", "project/naming", project="film", panel="Hero").json["names"]
    assert names[0].startswith("film_Hero_v")
    assert ask("GET", "project/naming", project="film", template="{").json["error"]
    assert [one["name"] for one in ask("GET", "folders", folder="shorts").json["folders"]] == ["first"]
    assert ask("POST", "folders", {"folder": "shorts/second"}).json["folder"] == "shorts/second"
    assert ask("GET", "project", project="shorts/second").status == 404


def test_panels(ask: Client) -> None:
    assert ask("POST", "panels", {"project": "film", "name": "Storm at sea"}).json["name"] == "Storm_at_sea"
    changed = ask(
        "PATCH", "panels/Storm_at_sea", {"project": "film", "name": "Calm", "notes": "*later*", "rating": 4}
    )
    assert changed.status == 200, changed.data
    assert changed.json["entry"]["notes"] == "*later*"
    assert ask("GET", "panels/Storm_at_sea", project="film").status == 200  # by its id, which stays
    order = ask("PUT", "panels", {"project": "film", "panels": ["Calm"]}).json
    assert order[0]["name"] == "Calm"
    assert ask("PATCH", "panels/Calm", {"project": "film", "current": 7}).status == 404
    assert ask("DELETE", "panels/Calm", project="film").status == 200
    assert ask("GET", "panels/Calm", project="film").status == 404
    assert "Undone" in ask("POST", "storyboard/undo", {"project": "film"}).json["done"]
    assert ask("GET", "panels/Calm", project="film").status == 200


def test_a_take_from_job_to_file(ask: Client, take: dict[str, Any], root: Path) -> None:
    sheet = ask("GET", f"panels/Hero/takes/{take['version']}", project="film").json
    assert sheet["provenance"]["shot"]["seed"] == SHOT["seed"]
    served = ask("GET", "/" + sheet["url"])
    assert served.headers["Content-Type"] == "image/png"
    assert served.data == (root / "film" / sheet["path"]).read_bytes()
    rated = ask("PUT", f"panels/Hero/takes/{take['version']}/rating", {"project": "film", "rating": 5})
    assert rated.json["rating"] == 5
    jobs = ask("GET", "jobs", project="film", panel="Hero", state="done").json
    assert take["name"] in jobs["jobs"][0]["takes"]
    assert jobs["jobs"][0]["seed"] == SHOT["seed"]


def test_a_group_and_once_more(ask: Client) -> None:
    body = {"project": "film", "panel": "Harbour", "shot": SHOT, "seeds": ["1", "2"], "backends": ["box"]}
    sent = ask("POST", "job-groups", body)
    assert sent.status == 202, sent.data
    assert [job["seed"] for job in sent.json["jobs"]] == ["1", "2"]
    for job in sent.json["jobs"]:
        assert wait_for(ask, job["id"])["state"] == "done"
    group = ask("GET", f"job-groups/{sent.json['id']}", project="film").json
    assert group["ended"] and group["percent"] == 100 and group["counts"] == {"done": 2}
    assert group["id"] in [one["id"] for one in ask("GET", "job-groups", project="film").json]
    assert ask("DELETE", f"jobs/{sent.json['jobs'][0]['id']}", project="film").status == 409
    again = ask("POST", f"jobs/{sent.json['jobs'][0]['id']}/retry", {"project": "film"})
    assert again.status == 202, again.data
    assert again.json["seed"] == "1"
    assert wait_for(ask, again.json["id"])["retry_of"] == sent.json["jobs"][0]["id"]
    assert ask("POST", "job-groups", {**body, "backends": ["nowhere"]}).status == 422


def test_a_job_that_waits_is_cancelled(ask: Client) -> None:
    off = {"project": "film", "url": "http://127.0.0.1:9", "name": "off"}
    entries = ask("POST", "backend-entries", off)
    assert entries.status == 201, entries.data
    assert {"box", "off"} <= {one["name"] for one in entries.json}
    body = {"project": "film", "panel": "Hero", "shot": SHOT, "backend": "off"}
    sent = ask("POST", "jobs", body).json
    assert ask("DELETE", f"jobs/{sent['id']}", project="film").status == 202
    assert wait_for(ask, sent["id"])["state"] == "cancelled"
    assert ask("PATCH", "backend-entries/off", {"project": "film", "weight": 2}).status == 200
    left = ask("DELETE", "backend-entries/off", project="film").json
    assert "off" not in [one["name"] for one in left]
    assert ask("DELETE", "backend-entries/box", project="film").status == 404  # that is the user's own


def test_no_secret_goes_in_or_out(ask: Client, root: Path) -> None:
    body = {"project": "film", "url": "http://127.0.0.1:9", "name": "keyed", "token": "sk-canary-123"}
    refused = ask("POST", "backend-entries", body)
    assert refused.status == 422
    assert "sk-canary-123" not in refused.data.decode()
    assert "sk-canary-123" not in (root / "film" / "studio.toml").read_text()


def test_backends(ask: Client, take: dict[str, Any]) -> None:
    (box,) = [one for one in ask("GET", "backends", project="film").json if one["name"] == "box"]
    assert box["state"] in ("online", "busy")
    assert ask("GET", "backends/box", project="film").json["name"] == "box"
    assert ask("GET", "backends/nowhere", project="film").status == 404
    assert ask("GET", "backends/box/metrics", project="film").status == 200
    assert ask("POST", "backends/box/free", {"project": "film"}).status == 200
    assert ask("POST", "backends/box/interrupt", {"project": "film"}).json["done"] == "0 cancelled"


def test_gallery(ask: Client, take: dict[str, Any]) -> None:
    path = take["path"]
    assert ask("POST", "gallery/scan", {"project": "film"}).status == 200
    page = ask("GET", "gallery/takes", project="film", query="captain", sort="-created", limit=5).json
    row = next(one for one in page["takes"] if one["path"] == path)
    assert row["seed"] == SHOT["seed"]
    wrong = ask("GET", "gallery/takes", project="film", query="rating>=").json
    assert wrong["kind"] == "QueryError" and wrong["position"] is not None
    assert ask("GET", "gallery/takes", project="film", sort="nonesuch").status in (409, 422)
    thumb = ask("GET", "gallery/thumbnail", project="film", path=path, side=64)
    assert thumb.headers["Content-Type"] == "image/webp" and thumb.data[8:12] == b"WEBP"
    assert "prompt" in ask("GET", "gallery/raw", project="film", path=path).json
    assert ask("GET", "gallery/take", project="film", path="nope.png").status == 404
    assert ask("GET", "gallery/thumbnail", project="film", path="../studio.toml").status in (404, 422)
    assert ask("GET", "gallery/stats", project="film", by="panel").json
    assert ask("GET", "gallery/folders", project="film").json["total"] >= 1
    assert ask("GET", "gallery/suggest", project="film", text="ra").json
    assert isinstance(ask("POST", "gallery/duplicates", {"project": "film"}).json, list)


def test_curation_and_files(ask: Client, take: dict[str, Any]) -> None:
    path = take["path"]
    body = {"project": "film", "paths": [path], "rating": 4, "status": "pick", "add_tags": ["storm"]}
    assert ask("PATCH", "gallery/takes", body).json[0]["tags"] == "storm"
    assert ask("GET", "gallery/tags", project="film").json[0] == {"name": "storm", "color": "", "count": 1}
    renamed = ask("PUT", "gallery/tags/storm", {"project": "film", "name": "Sturm", "color": "#c04030"}).json
    assert renamed == [{"name": "Sturm", "color": "#c04030", "count": 1}]
    assert ask("PUT", "gallery/collections/Best", {"project": "film", "add": [path]}).json["paths"] == [path]
    view = ask("PUT", "gallery/views/Good", {"project": "film", "query": "rating>=4"}).json
    assert view["name"] == "Good"
    assert ask("PUT", "gallery/views/Bad", {"project": "film", "query": "("}).status == 422
    copied = ask("POST", "gallery/copy", {"project": "film", "paths": [path], "folder": "picks"})
    assert copied.status == 200, copied.data
    (copy,) = copied.json["new"]
    plan = {"project": "film", "paths": [copy], "template": "best_{n:02d}"}
    assert ask("POST", "gallery/rename-plan", plan).json["rows"][0]["new"].endswith("best_01.png")
    assert ask("POST", "gallery/rename-many", plan).json["moves"][0][1] == "picks/best_01.png"
    gone = ask("POST", "gallery/trash", {"project": "film", "paths": ["picks/best_01.png"]})
    assert gone.json["gone"] == ["picks/best_01.png"]
    (entry,) = [
        one for one in ask("GET", "gallery/trash", project="film").json if one["path"] == "picks/best_01.png"
    ]
    back = ask("POST", "gallery/trash/restore", {"project": "film", "ids": [entry["id"]]})
    assert back.json["new"] == ["picks/best_01.png"]
    assert ask("DELETE", "gallery/trash", project="film", sure="false").status == 422
    assert ask("DELETE", "gallery/trash", project="film", sure="true").status == 200
    for place in ("collections/Best", "views/Good", "tags/Sturm"):
        assert ask("DELETE", f"gallery/{place}", project="film").status == 200
    outside = ask("POST", "gallery/move", {"project": "film", "paths": [path], "folder": "../out"})
    assert outside.status == 422


def test_bad_bodies(ask: Client) -> None:
    headers = {"Authorization": f"token {ask.server.token}"}
    for body in (b"", b"{", b"[]", b"\xff\xfe", b'{"look": NaN}', b'{"a":' * 5000):
        answer = ask.raw("POST", f"{API}/looks/validate", body=body, headers=headers)
        assert answer.status == 422, body[:20]
        assert answer.json["where"].startswith("body")
    slip = ask("POST", "panels", {"project": "film", "nane": "Typo"})
    assert slip.json["where"] == "body.nane"
    assert ask("GET", "presets", txt="x").json["where"] == "query.txt"
    assert ask("GET", "presets?text=a&text=b").json["what"] == "given more than once"


def test_console(ask: Client, root: Path) -> None:
    hand = ask("GET", "console", folder="film/Hero").json
    assert (hand["project"], hand["address"]) == ("film", "film/Hero")
    made = ask("POST", "console", {"folder": "film/Hero"}).json
    assert made == {"notebook": "film/console.ipynb", "project": "film", "made": True, "ours": True}
    path = root / "film" / "console.ipynb"
    path.write_text(path.read_text().replace("studio.Project", "print; studio.Project"))
    again = ask("POST", "console", {"project": "film"}).json
    assert (again["made"], again["ours"]) == (False, False)  # it is a person's now: kept, and not run unasked
    assert ask("POST", "console", {"folder": ""}).status == 404
    assert ask("POST", "console", {"folder": "../.."}).status == 422


def test_the_page_needs_nothing_from_elsewhere(ask: Client) -> None:
    for part in ("", ".js", ".css"):
        answer = ask("GET", f"/studio/api/docs{part}")
        assert answer.status == 200
        text = answer.data.decode()
        assert "http://" not in text and "https://" not in text
        assert "innerHTML" not in text
    assert "default-src 'none'" in ask("GET", "/studio/api/docs").headers["Content-Security-Policy"]


def test_the_events_of_a_project_that_is_none(ask: Client) -> None:
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    for query in ({"project": "none"}, {"project": "../x"}, {"prject": "film"}):
        answer = ask("GET", "/studio/api/jobs/events", headers=upgrade, **query)
        assert answer.status in (404, 422), query
        assert answer.json["what"]
