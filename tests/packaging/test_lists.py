"""What must say the same in several places: dependencies, locks, conda's list, notebooks in git."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from studio import __version__

LOCKS = ("setup", "core", "lab", "test")


@pytest.fixture(scope="module")
def pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def pins(root: Path, lock: str) -> dict[str, set[str]]:
    """Package → its pinned versions; there may be one a Python version."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (root / "locks" / f"{lock}.txt").read_text(), re.M
    ):
        found.setdefault(name, set()).add(version)
    return found


def wanted(pyproject: dict[str, Any], *extras: str) -> list[Requirement]:
    project = pyproject["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def test_version_is_one(pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["version"] == __version__


def test_conda_asks_for_the_same(root: Path, pyproject: dict[str, Any]) -> None:
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {Requirement(line) for line in listed if isinstance(line, str)}
    ours = set(wanted(pyproject, "lab", "video", "exchange"))
    assert conda - ours == {
        Requirement("pip"),
        Requirement(f"python{pyproject['project']['requires-python']}"),
    }
    assert ours - conda == {Requirement("noto-cjk-sans-otc>=0.0.1")}
    assert listed[-1] == {"pip": ["-e .", "noto-cjk-sans-otc>=0.0.1"]}


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("core", ()),
        ("lab", ("lab", "video", "exchange")),
        ("test", ("lab", "video", "exchange", "farm", "llm", "dev")),
    ],
)
def test_lock_has_all_that_is_wanted(
    root: Path, pyproject: dict[str, Any], lock: str, extras: tuple[str, ...]
) -> None:
    pinned = pins(root, lock)
    for requirement in wanted(pyproject, *extras):
        versions = pinned.get(requirement.name.lower(), set())
        assert versions, f"{requirement.name} is not in locks/{lock}.txt: run tools/lock.py"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: {versions}"


def test_core_lock_brings_no_jupyter(root: Path) -> None:
    assert not {"jupyterlab", "ipywidgets", "voila", "ipykernel", "notebook"} & pins(root, "core").keys()


def test_locks_agree(root: Path) -> None:
    leader = pins(root, "test")
    for lock in LOCKS:
        assert all(leader[name] >= versions for name, versions in pins(root, lock).items())


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_hashed_and_without_addresses(root: Path, lock: str) -> None:
    text = (root / "locks" / f"{lock}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^    --hash=sha256:[0-9a-f]{64}", "", text, flags=re.M), re.M)
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 5
    assert all("--hash=sha256:" in requirement for requirement in requirements)


SERVED = ("server", "voila")
"""Of `studio`, what Jupyter loads: it needs the extra `lab`, and the core never imports it."""


def imported(folder: Path, *, lazily: bool) -> set[str]:
    """Distributions that the modules of a folder import, at their top or (lazily) inside of functions too."""
    known = packages_distributions()
    names = set()
    for path in folder.rglob("*.py"):
        if not lazily and path.relative_to(folder).parts[0] in SERVED:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            else:
                continue
            if lazily or node.col_offset == 0:
                names |= {module.split(".")[0] for module in modules}
    return {known[name][0].lower().replace("_", "-") for name in names if name in known}


OURS = {"directors-notebook", "pydantic-core"}  # pydantic asks for its core in the one fitting version


@pytest.mark.parametrize(
    ("folder", "lazily", "extras"),
    [
        ("studio", False, ()),
        ("studio", True, ("lab", "video", "exchange", "farm", "llm")),
        ("widgets", True, ("lab",)),
        ("tests", True, ("lab", "video", "exchange", "farm", "llm", "dev")),
        ("tools", True, ("lab", "dev")),
        ("benchmarks", True, ("lab", "video", "exchange", "farm", "llm", "dev")),
    ],
)
def test_what_is_imported_is_asked_for(
    root: Path, pyproject: dict[str, Any], folder: str, lazily: bool, extras: tuple[str, ...]
) -> None:
    asked = {requirement.name.lower().replace("_", "-") for requirement in wanted(pyproject, *extras)}
    assert imported(root / folder, lazily=lazily) - asked - OURS == set()


def test_builder_is_locked(root: Path, pyproject: dict[str, Any]) -> None:
    pinned = pins(root, "setup")
    for line in pyproject["build-system"]["requires"]:
        requirement = Requirement(line)
        assert all(version in requirement.specifier for version in pinned[requirement.name])
    assert "uv" in pinned


def test_oldest_python_is_one(root: Path, pyproject: dict[str, Any]) -> None:
    oldest = SpecifierSet(pyproject["project"]["requires-python"])
    assert str(oldest) == ">=3.11"
    assert "OLDEST = (3, 11)" in (root / "start.py").read_text(encoding="utf-8")
    assert pyproject["tool"]["mypy"]["python_version"] == "3.11"


def committed_notebooks(root: Path) -> dict[str, dict[str, Any]]:
    """Each notebook as git has it, staged or committed; outside git, as it lies on disk."""
    listing = subprocess.run(["git", "ls-files", "-z", "*.ipynb"], cwd=root, capture_output=True, text=True)
    if listing.returncode:
        paths = [
            path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
        ]
        return {str(path): json.loads(path.read_bytes()) for path in paths}
    return {
        name: json.loads(subprocess.check_output(["git", "show", f":{name}"], cwd=root))
        for name in listing.stdout.split("\0")
        if name
    }


def test_notebooks_are_stripped(root: Path) -> None:
    notebooks = committed_notebooks(root)
    assert notebooks
    for name, notebook in notebooks.items():
        assert "widgets" not in notebook["metadata"], name
        for cell in notebook["cells"]:
            assert not cell.get("outputs"), f"{name}: an output is committed; run nbstripout on it"
            assert cell.get("execution_count") is None, f"{name}: run nbstripout on it"
