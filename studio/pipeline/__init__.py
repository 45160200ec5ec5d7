"""Graphs of work: shots whose takes feed other shots, with conditions, fan-out and merging.

pipeline = Pipeline.load(project.path / "pipelines" / "rain.toml")
run = start(pipeline, project, shots={"frame": shot})
results = await run
"""

from __future__ import annotations

from studio.pipeline.expression import Expression
from studio.pipeline.items import Item
from studio.pipeline.model import Pipeline
from studio.pipeline.run import PipelineRun, Step, StepState, start

__all__ = ["Expression", "Item", "Pipeline", "PipelineRun", "Step", "StepState", "start"]
