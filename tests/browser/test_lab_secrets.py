"""Keys and tokens in JupyterLab: in no file that is written, and in no message to the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import WebSocket

from tools.jupyter_pages import LabPage

CANARIES = ("canary-llm-lab-19c4", "canary-box-lab-83fd")
PLANTED = """
import os
llm, box = ("-".join(["canary", what, "lab", end]) for what, end in (("llm", "19c4"), ("box", "83fd")))
os.environ["ANTHROPIC_API_KEY"] = os.environ["OPENAI_API_KEY"] = llm
os.environ["BOX_TOKEN"] = box

import studio
from pathlib import Path
from widgets import Configurator, Farm, Storyboard

url = os.environ["STUDIO_BACKENDS"].split()[0]
Path("secret-film").mkdir()
entry = ["[[backends]]", 'name = "box"', f'url = "{url}"', 'token = "env:BOX_TOKEN"', ""]
Path("secret-film/studio.toml").write_text("\\n".join(entry))
project = studio.Project.open("secret-film")
quick = {"steps": 2, "width": 256, "height": 256}
shot = studio.Shot(look=studio.preset("vertigo"), subject="a hand", seed=1, parameters=quick)
board = Storyboard(project, inspector=True)
board
"""
MORE = ("Farm(project)", "Configurator()", 'take = await project.panel("One").render(shot)\ntake')


def test_no_secret_comes_out(lab: LabPage, folder: Path, notebook: Callable[[Sequence[str]], str]) -> None:
    frames: list[str | bytes] = []

    def hear(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(frame))

    lab.page.on("websocket", hear)
    try:
        lab.open(notebook([PLANTED, *MORE]))
        lab.run()
        assert lab.kernel("(os.environ['BOX_TOKEN'], os.environ['OPENAI_API_KEY'])") == repr(CANARIES[::-1])
        planted = len(frames)
        lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        lab.wait("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    finally:
        lab.page.remove_listener("websocket", hear)
    assert planted > 20
    texts = [frame if isinstance(frame, str) else frame.decode("utf-8", "replace") for frame in frames]
    said = [text for text in texts if any(canary in text for canary in CANARIES)]
    assert len(said) == 1 and "execute_reply" in said[0], "only the answer to this test's own question"
    looked = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("_v001.png") and "secret-film" in path.as_posix() for path in looked)
    for path in looked:
        data = path.read_bytes()
        assert not any(canary.encode() in data for canary in CANARIES), path
