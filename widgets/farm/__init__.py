"""The farm on one page: a card for every backend, and a form for one more."""

from __future__ import annotations

from widgets.farm.adding import Added, AddForm
from widgets.farm.cards import BackendCard
from widgets.farm.model import FarmModel
from widgets.farm.view import Farm

__all__ = ["AddForm", "Added", "BackendCard", "Farm", "FarmModel"]
