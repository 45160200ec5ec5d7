"""Rendering: backends, jobs and their progress. The only room that talks to ComfyUI.

From the outside in:

    farm.py       the backends together, and who gets the next job
    job.py        one workflow submitted once
    display.py    its progress in a cell or a terminal
    loop.py       the background loop that all this runs on, and `run`, the blocking door
    rendering.py  one job on one backend, from upload to delivery
    follow.py     the life of one prompt, and verdict.py how it ended
    reducer.py    events → progress
    outputs.py    what a prompt made, fetched and checked
    journal.py    what was asked for and what became of it
    backend.py    one backend as a person describes it
    client.py     one ComfyUI server's routes
    socket.py     its socket, events.py what is said there, wire.py what its routes answer
    transport.py  HTTP; address.py where, timing.py how long, threads.py what blocks
"""

from __future__ import annotations

from studio.render.backend import Backend
from studio.render.client import ComfyClient, upload_name
from studio.render.display import show, shown, summary
from studio.render.farm import Farm
from studio.render.job import Job
from studio.render.loop import allow_nested_loop, run
from studio.render.outputs import Output
from studio.render.progress import JobState, Progress
from studio.render.timing import Timing

__all__ = [
    "Backend",
    "ComfyClient",
    "Farm",
    "Job",
    "JobState",
    "Output",
    "Progress",
    "Timing",
    "allow_nested_loop",
    "run",
    "show",
    "shown",
    "summary",
    "upload_name",
]
