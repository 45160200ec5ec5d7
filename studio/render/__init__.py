"""Rendering: backends, jobs and their progress. The only room that talks to ComfyUI.

From the outside in:

    farm.py       what one holds in hand; farm_jobs.py its jobs, farm_backends.py its backends,
                  watchers.py its views
    job.py        one workflow submitted once; group.py several of one thing; hearing.py its events
    display.py    its progress in a cell or a terminal
    loop.py       the background loop that all this runs on, and `run`, the blocking door
    dispatch.py   who gets what; entry.py a job that waits, fleet.py the backends at work
    scheduler.py  the plan; ask.py its words, needs.py what a graph asks for, line.py whose turn it is,
                  history.py measured times
    rendering.py  one job on one backend, from upload to delivery; collecting.py its outputs
    setbacks.py   when that does not come to its end; policy.py the rules, ghosts.py what is left behind
    journal.py    what was asked for and what became of it; record.py one job of it, lease.py whose it is,
                  wishes.py what other processes want of it
    recovery.py   going on after a restart
    shared/       one farm for all processes that have a project open; fault.py errors that go between them
    dask/         boxes that only a Dask head reaches
    follow.py     the life of one prompt, sending.py how it gets there, verdict.py how it ended
    reducer.py    events → progress
    outputs.py    what a prompt made, fetched and checked
    lane.py       one backend's health and load, told.py as others tell of it; inventory.py what it has,
                  status.py what is shown
    backend.py    one backend as a person describes it; registry.py where backends are written down
    client.py     one ComfyUI server's routes
    socket.py     its socket, events.py what is said there, wire.py what its routes answer
    transport.py  HTTP; address.py where, timing.py how long, threads.py what blocks
"""

from __future__ import annotations

from studio.render.backend import Backend
from studio.render.client import ComfyClient, upload_name
from studio.render.display import show, shown, summary
from studio.render.farm import Farm
from studio.render.group import JobGroup
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
    "JobGroup",
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
