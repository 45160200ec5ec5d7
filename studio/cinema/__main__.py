"""`python -m studio.cinema check [folder …]` checks data files; `… rules` prints docs/rules.md."""

from __future__ import annotations

import sys
from pathlib import Path

from studio.cinema.judge import validate
from studio.cinema.library import presets_from
from studio.cinema.ruledoc import rules_as_markdown


def check(folders: list[Path]) -> int:
    """Print what is wrong with data files and presets; the number of faults."""
    with presets_from(*folders) as shelf:
        for problem in shelf.problems:
            print(f"problem: {problem}")
        faults = len(shelf.problems)
        for id, record in shelf.presets.items():
            for violation in validate(record.look).violations:
                if violation.severity == "info":
                    continue
                faults += violation.severity == "hard"
                print(
                    f"{id}: {violation.severity}: {violation.message} ({violation.rule}, {violation.field})"
                )
        print(f"{len(shelf.presets)} presets, {faults} fault(s)")
    return faults


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    match arguments:
        case ["check", *folders]:
            return 1 if check([Path(folder) for folder in folders]) else 0
        case ["rules"]:
            sys.stdout.write(rules_as_markdown())
            return 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
