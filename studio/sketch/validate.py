"""Validation of a prompt, with the answers that ComfyUI gives (recording `e_validation_errors`)."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.sketch.nodes.base import Catalogue, Input, NodeClass

Problem = dict[str, Any]
LONG_LIST = 20  # above it ComfyUI tells only how long a combo's list is


@dataclass
class Verdict:
    """`error` None: `outputs` run. `node_errors` may be there either way."""

    error: Problem | None = None
    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, Any] = field(default_factory=dict)


def validate(prompt: Mapping[str, Any], classes: Mapping[str, NodeClass], catalogue: Catalogue) -> Verdict:
    """Check every output node and what leads to it; converts number-like texts in place.

    Raises:
        AttributeError, TypeError: the prompt is no graph at all; ComfyUI answers 500 then.
    """
    outputs = []
    for node_id, entry in prompt.items():
        if "class_type" not in entry:
            return _refused(node_id, "Cannot execute because a node is missing the class_type property.")
        if entry["class_type"] not in classes:
            return _refused(node_id, f"Cannot execute because node {entry['class_type']} does not exist.")
        if classes[entry["class_type"]].output_node:
            outputs.append(node_id)
    if not outputs:
        return Verdict(error=problem("prompt_no_outputs", "Prompt has no outputs"))
    return _Check(prompt, classes, catalogue).run(outputs)


def problem(kind: str, message: str, details: str = "", **extra: Any) -> Problem:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def traceback_lines(error: BaseException) -> list[str]:
    """The traceback in ComfyUI's form, with file names only from the package on."""
    frames = traceback.extract_tb(error.__traceback__)
    package = Path(__file__).parents[2]
    for frame in frames:
        path = Path(frame.filename)
        frame.filename = path.relative_to(package).as_posix() if package in path.parents else path.name
    return traceback.format_list(frames)


def _refused(node_id: str, message: str) -> Verdict:
    return Verdict(error=problem("invalid_prompt", message, f"Node ID '#{node_id}'"))


class _Check:
    def __init__(
        self, prompt: Mapping[str, Any], classes: Mapping[str, NodeClass], catalogue: Catalogue
    ) -> None:
        self.prompt = prompt
        self.classes = classes
        self.catalogue = catalogue
        self.results: dict[str, tuple[bool, list[Problem]]] = {}
        self.open: set[str] = set()

    def run(self, outputs: list[str]) -> Verdict:
        verdict = Verdict()
        own: list[Problem] = []
        for output in outputs:
            try:
                valid = self.node(output)
            except Exception as error:
                valid = False
                self.results[output] = False, [self._exception("exception_during_validation", error)]
            if valid:
                verdict.outputs.append(output)
                continue
            own += self.results[output][1]
            self._blame(output, verdict.node_errors)
        if not verdict.outputs:
            details = "\n".join(f"{one['message']}: {one['details']}" for one in own)
            verdict.error = problem(
                "prompt_outputs_failed_validation", "Prompt outputs failed validation", details
            )
        return verdict

    def _blame(self, output: str, node_errors: dict[str, Any]) -> None:
        for node_id, (valid, problems) in self.results.items():
            if not valid and problems:
                entry = node_errors.setdefault(
                    node_id,
                    {
                        "errors": problems,
                        "dependent_outputs": [],
                        "class_type": self.prompt[node_id]["class_type"],
                    },
                )
                entry["dependent_outputs"].append(output)

    def node(self, node_id: str) -> bool:
        """Whether a node and all that leads to it are valid; `results` keeps why not."""
        if node_id in self.results:
            return self.results[node_id][0]
        if node_id in self.open:  # a cycle: ComfyUI says no more than that it is invalid
            return False
        self.open.add(node_id)
        given = self.prompt[node_id]["inputs"]
        node_class = self.classes[self.prompt[node_id]["class_type"]]
        problems: list[Problem] = []
        valid = True
        for name, (declared, required) in node_class.inputs().items():
            if name not in given:
                if required:
                    problems.append(
                        problem("required_input_missing", "Required input is missing", name, input_name=name)
                    )
            elif isinstance(given[name], list):
                found, sound = self._link(name, declared, given[name])
                problems += found
                valid &= sound
            else:
                problems += self._value(name, declared, given, node_class)
        self.open.discard(node_id)
        self.results[node_id] = valid and not problems, problems
        return valid and not problems

    def _link(self, name: str, declared: Input, value: list[Any]) -> tuple[list[Problem], bool]:
        if len(value) != 2:
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            extra = {**self._about(name, declared), "received_value": value}
            return [problem("bad_linked_input", message, name, **extra)], True
        source, slot = value
        received = self.classes[self.prompt[source]["class_type"]].outputs[slot]
        if not _fits(received, declared.type):
            details = f"{name}, received_type({received}) mismatch input_type({declared.type})"
            message = "Return type mismatch between linked nodes"
            extra = {**self._about(name, declared), "received_type": received, "linked_node": value}
            return [problem("return_type_mismatch", message, details, **extra)], True
        try:
            return [], self.node(source)
        except Exception as error:
            inner = self._exception("exception_during_inner_validation", error)
            inner["message"] = "Exception when validating inner node"
            about = self._about(name, declared)
            inner["extra_info"] = {**about, **inner["extra_info"], "linked_node": value}
            self.results[source] = False, [inner]
            return [], False

    def _value(
        self, name: str, declared: Input, given: dict[str, Any], node_class: NodeClass
    ) -> list[Problem]:
        try:
            value = given[name] = _converted(given[name], declared.type)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"Failed to convert an input value to a {declared.type} value"
            details = f"{name}, {given[name]}, {error}"
            about = self._about(name, declared)
            extra = {**about, "received_value": given[name], "exception_message": str(error)}
            return [problem("invalid_input_type", message, details, **extra)]
        if name in node_class.checks:
            reason = node_class.checks[name](self.catalogue, value)
            message = "Custom validation failed for node"
            if reason is None:
                return []
            return [problem("custom_validation_failed", message, f"{name} - {reason}", input_name=name)]
        return self._range(name, value, declared) or self._listed(name, value, declared)

    def _about(self, name: str, declared: Input) -> dict[str, Any]:
        return {"input_name": name, "input_config": declared.describe(self.catalogue)}

    def _range(self, name: str, value: Any, declared: Input) -> list[Problem]:
        low, high = declared.options.get("min"), declared.options.get("max")
        if low is not None and value < low:
            kind, message = "value_smaller_than_min", f"Value {value} smaller than min of {low}"
        elif high is not None and value > high:
            kind, message = "value_bigger_than_max", f"Value {value} bigger than max of {high}"
        else:
            return []
        return [problem(kind, message, name, **self._about(name, declared), received_value=value)]

    def _listed(self, name: str, value: Any, declared: Input) -> list[Problem]:
        choices = declared.choices(self.catalogue)
        if choices is None or declared.listed or value in choices:
            return []
        long = len(choices) > LONG_LIST
        listing = f"(list of length {len(choices)})" if long else str(choices)
        extra = {**self._about(name, declared), "received_value": value}
        if long:
            extra["input_config"] = None
        return [
            problem("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {listing}", **extra)
        ]

    def _exception(self, kind: str, error: Exception) -> Problem:
        return problem(
            kind,
            "Exception when validating node",
            str(error),
            exception_message=str(error),
            exception_type=type(error).__name__,
            traceback=traceback_lines(error),
        )


def _fits(received: str, wanted: str) -> bool:
    if "*" in (received, wanted):
        return True
    return not set(received.split(",")).isdisjoint(wanted.split(","))


def _converted(value: Any, kind: str) -> Any:
    if isinstance(value, dict) and "__value__" in value:
        value = value["__value__"]
    convert = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}.get(kind)
    return convert(value) if convert else value
