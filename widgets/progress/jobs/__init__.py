"""All jobs of a farm on one page: by panel, then by backend."""

from __future__ import annotations

from widgets.progress.jobs.model import JobsModel
from widgets.progress.jobs.rows import Group, Row
from widgets.progress.jobs.view import Progress

__all__ = ["Group", "JobsModel", "Progress", "Row"]
