"""The studio behind Jupyter's server: REST, job events, files, and JupyterLab's launcher entry.

extension    what Jupyter loads: its settings (`roots`, `role`) and its addresses
roots        which folders may be reached, and how they are called in an address
shelf        the projects that are open
operation    one thing that can be asked for: a method, a path, models in and out
routes/      all of them; wire: what several take or give; jobsheets: jobs as they are told
endpoint     a request → an operation → an answer; refusal: errors as JSON
openapi      the document of all that; page/: the page that shows it
files        takes and pictures, in ranges; events: jobs as they go on, over a websocket
console      the notebook that the launcher opens; lab/: the launcher entry itself, for JupyterLab

Installed with the `lab` extra and switched on by a file of the wheel; see `docs/server.md`.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter asks an extension for."""
    from studio.server.extension import StudioServer

    return [{"module": "studio.server", "app": StudioServer}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab's part lies in a checkout, for `jupyter labextension develop`."""
    return [{"src": "lab", "dest": "directors-notebook"}]
