"""Chromium for the tests that drive a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "msedge")
PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
    Path("C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe"),
)
DEBIAN_PACKAGES = ("chromium", "fonts-liberation")
WAIT_FOR_DPKG = ("-o", "DPkg::Lock::Timeout=300")
"""Another installation at work, such as the system's own updates, is waited for rather than failed at."""


def find_chromium() -> Path | None:
    """Chromium, or a browser built on it, where systems put it; `STUDIO_CHROMIUM` names another."""
    if named := os.environ.get("STUDIO_CHROMIUM"):
        return Path(named) if Path(named).is_file() else None
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else next((place for place in PLACES if place.is_file()), None)


def install_chromium() -> str:
    """Install Chromium from Debian's packages where that is possible; returns what to do where it is not."""
    if sys.platform == "darwin":
        return "Install Chromium: brew install --cask chromium"
    if sys.platform == "win32":
        return "Install Chrome: winget install Google.Chrome"
    if not shutil.which("apt-get"):
        return "Install Chromium from your system's packages, or name it in STUDIO_CHROMIUM."
    packages = " ".join(DEBIAN_PACKAGES)
    if os.geteuid() != 0:
        return f"Install Chromium: sudo apt-get install {packages}"
    print(f"Installing {packages} from the system's packages …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *DEBIAN_PACKAGES]):
        words = ["apt-get", *command, *WAIT_FOR_DPKG]
        if subprocess.run(words, env=environment, stdin=subprocess.DEVNULL).returncode:
            return f"apt-get {command[0]} failed (see above). Mend it, then: apt-get install {packages}"
    return ""
