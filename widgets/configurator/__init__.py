"""The director's desk for a look: presets, fields that know what is possible, the angle, the prompt."""

from __future__ import annotations

from widgets.configurator.model import ConfiguratorModel, Scene
from widgets.configurator.view import Configurator

__all__ = ["Configurator", "ConfiguratorModel", "Scene"]
