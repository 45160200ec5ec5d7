"""Files as they are served: whole, in parts, with their right types, and only what may be seen."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.server.files import part_of, url_of
from studio.server.refusal import Refusal
from tests.server.conftest import Client

DATA = bytes(range(256)) * 4000  # larger than one piece
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def film(root: Path) -> Path:
    """Files in the project, some of which nobody gets."""
    folder = root / "film" / "Hero"
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    files = {
        "take.png": picture.getvalue(),
        "named.jpg": picture.getvalue(),  # a PNG under a wrong name
        "long.bin": DATA,
        "drawing.svg": SVG,
        "page.html": b"<script>alert(1)</script>",
        "Über 100 %.png": picture.getvalue(),
        ".secret.png": picture.getvalue(),
        "empty.png": b"",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (root / "loose.png").write_bytes(picture.getvalue())
    return root / "film"


def url(name: str) -> str:
    return "/" + url_of("film", f"Hero/{name}")


def test_whole_with_its_type(ask: Client, film: Path) -> None:
    answer = ask("GET", url("take.png"))
    assert answer.status == 200
    assert answer.data == (film / "Hero" / "take.png").read_bytes()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" not in answer.headers["Content-Security-Policy"]
    assert ask("GET", url("named.jpg")).headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("name", ["drawing.svg", "page.html", "long.bin"])
def test_what_could_run_is_put_into_a_sandbox(ask: Client, film: Path, name: str) -> None:
    answer = ask("GET", url(name))
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "allow-scripts" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_any_name(ask: Client, film: Path) -> None:
    answer = ask("GET", url("Über 100 %.png"))
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''%C3%9Cber%20100%20%25.png"
    assert ask("GET", url("take.png"), download="1").headers["Content-Disposition"].startswith("attachment;")


def test_parts(ask: Client, film: Path) -> None:
    def part(text: str) -> tuple[int, str, bytes]:
        answer = ask("GET", url("long.bin"), headers={"Range": text})
        return answer.status, answer.headers.get("Content-Range", ""), answer.data

    size = len(DATA)
    assert part("bytes=10-19") == (206, f"bytes 10-19/{size}", DATA[10:20])
    assert part("bytes=300000-") == (206, f"bytes 300000-{size - 1}/{size}", DATA[300000:])
    assert part("bytes=-5") == (206, f"bytes {size - 5}-{size - 1}/{size}", DATA[-5:])
    assert part(f"bytes=0-{size * 2}")[2] == DATA
    assert part(f"bytes={size}-")[:2] == (416, f"bytes */{size}")
    assert part("bytes=-0")[0] == 416
    for nonsense in ("bytes=5-2", "bytes=", "lines=1-2", "bytes=a-b", "bytes=0-1,5-6"):
        assert part(nonsense) == (200, "", DATA), nonsense
    assert ask("GET", url("empty.png"), headers={"Range": "bytes=0-"}).status == 416
    assert ask("GET", url("empty.png")).data == b""


def test_tags(ask: Client, film: Path) -> None:
    tag = ask("GET", url("take.png")).headers["ETag"]
    again = ask("GET", url("take.png"), headers={"If-None-Match": tag})
    assert (again.status, again.data) == (304, b"")
    assert ask("GET", url("take.png"), headers={"If-None-Match": f'"x", W/{tag}'}).status == 304
    assert ask("GET", url("take.png"), headers={"If-None-Match": '"x"'}).status == 200
    part = {"Range": "bytes=0-3"}
    assert ask("GET", url("take.png"), headers={**part, "If-Range": tag}).status == 206
    assert ask("GET", url("take.png"), headers={**part, "If-Range": '"old"'}).status == 200
    os.utime(film / "Hero" / "take.png", (1, 1))
    assert ask("GET", url("take.png")).headers["ETag"] != tag


def test_head(ask: Client, film: Path) -> None:
    answer = ask("HEAD", url("long.bin"))
    assert (answer.status, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize(
    "path",
    [
        "film/studio.toml",
        "film/Hero/.secret.png",
        "film/.studio/jobs.jsonl",
        "film/Hero/.versions/v001",
        "film/Hero",
        "film/Hero/none.png",
        "loose.png",
        "film/../loose.png",
        "film/%2e%2e/%2e%2e/etc/passwd",
        "%2Fetc%2Fpasswd",
        "film/Hero/take.png%00",
        "film/Hero/" + "x" * 4000,
    ],
)
def test_what_is_not_served(ask: Client, film: Path, path: str) -> None:
    answer = ask("GET", f"/studio/files/{path}")
    assert answer.status in (404, 422)
    assert answer.json["what"]


def test_only_looking(ask: Client, film: Path) -> None:
    answer = ask("DELETE", url("take.png"))
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@given(header=st.from_regex(r"\Abytes=\d{0,4}-\d{0,4}\Z"), size=st.integers(0, 3000))
def test_a_part_lies_in_the_file(header: str, size: int) -> None:
    try:
        part = part_of(header, size)
    except Refusal as refusal:
        assert refusal.status == 416
        return
    if part is not None:
        start, count = part
        assert count >= 1
        assert start >= 0 and start + count <= size
