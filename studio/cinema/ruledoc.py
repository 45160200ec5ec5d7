"""The rules as a page to read: `docs/rules.md` is made by it."""

from __future__ import annotations

from studio.cinema.fields import Kind
from studio.cinema.library import Library, library
from studio.cinema.rule import Rule

TITLES: dict[Kind, str] = {"live_action": "Live action", "animation": "Animation"}
INTRODUCTION = (
    "`hard` blocks rendering; `warning` and `info` never do. A rule speaks only where the fields that it "
    "needs are chosen (a question mark: may be left open). In a message, words in braces stand for what was "
    "chosen. How a project adds a rule or switches one off: [presets.md](presets.md)."
)
SEVERITIES = ("hard", "warning", "info")


def rules_as_markdown(data: Library | None = None) -> str:
    """Every rule of a library with its severity, fields, message and justification."""
    data = data or library()
    lines = [
        "# The rules",
        "",
        "<!-- Made by `python -m studio.cinema rules > docs/rules.md`; a test keeps it in step. -->",
        "",
        INTRODUCTION,
        "",
        "| | " + " | ".join(SEVERITIES) + " | all |",
        "| --- |" + " --- |" * (len(SEVERITIES) + 1),
    ]
    for kind, title in TITLES.items():
        own = [each for each in data.rules.values() if each.kind == kind]
        counts = [sum(each.severity == severity for each in own) for severity in SEVERITIES]
        lines.append(f"| {title.lower()} | " + " | ".join(str(count) for count in (*counts, len(own))) + " |")
    for kind, title in TITLES.items():
        lines += ["", f"## {title}"]
        for severity in SEVERITIES:
            chosen = [each for each in data.rules.values() if each.kind == kind and each.severity == severity]
            if chosen:
                lines += ["", f"### {severity}", ""]
                lines += ["| rule | reads | says | why |", "| --- | --- | --- | --- |"]
                lines += [_row(each, data) for each in sorted(chosen, key=lambda each: each.id)]
    return "\n".join(lines) + "\n"


def _row(rule: Rule, data: Library) -> str:
    reads = ", ".join(f"`{name}{'?' if name in rule.optional else ''}`" for name in rule.reads)
    off = f" **Switched off:** {data.rules_off[rule.id].why}" if rule.id in data.rules_off else ""
    return f"| `{rule.id}` | {reads} | {_cell(rule.message)} | {_cell(rule.why)}{off} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
