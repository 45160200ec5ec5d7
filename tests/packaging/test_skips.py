"""The suite's own strictness: in CI a skipped test fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

TESTS = {
    "mark": "import pytest\n@pytest.mark.skip(reason='away')\ndef test_it(): pass\n",
    "call": "import pytest\ndef test_it(): pytest.skip('away')\n",
    "fixture": "import pytest\n@pytest.fixture\ndef f(): pytest.skip('away')\ndef test_it(f): pass\n",
    "module": "import pytest\npytest.importorskip('no_such_module')\ndef test_it(): pass\n",
    "known": "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False\n",
    "good": "def test_it(): pass\n",
}


@pytest.fixture(scope="module", params=[True, False], ids=["ci", "home"])
def run(
    root: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bool, int, dict[str, str]]:
    """Whether in CI, the exit code, and how each of `TESTS` ended."""
    folder = tmp_path_factory.mktemp("suite")
    shutil.copy(root / "tests" / "conftest.py", folder)
    for name, source in TESTS.items():
        (folder / f"test_{name}.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(root), **({"CI": "true"} if request.param else {})}
    report = folder / "report.xml"
    options = ["-p", "no:cacheprovider", f"--rootdir={folder}", f"--junitxml={report}"]
    options += ["--import-mode=importlib", "--continue-on-collection-errors"]
    command = [sys.executable, "-m", "pytest", *options, str(folder)]
    code = subprocess.run(command, env=environment, cwd=folder, capture_output=True).returncode
    ends = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')} {case.get('name')}".split("test_")[1].split()[0]
        ends[name.split(".")[0]] = next((child.tag for child in case), "passed")
    return request.param, code, ends


def test_skips(run: tuple[bool, int, dict[str, str]]) -> None:
    in_ci, code, ends = run
    assert ends.keys() == TESTS.keys()
    assert code == int(in_ci)
    assert ends["good"] == "passed"
    assert ends["known"] == "skipped"  # what JUnit's format calls a failure that was expected
    for kind in ("mark", "call", "fixture", "module"):
        assert ends[kind] in (("failure", "error") if in_ci else ("skipped",)), kind
