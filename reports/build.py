"""Make everything that is made from a run folder: Allure site, qualification report, hashes of both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import write_atomically
from hil.evidence.folder import remove_reports, seal_reports
from hil.evidence.recover import recover
from hil.evidence.verify import verify_evidence
from reports import texts
from reports.allure.generate import generate
from reports.allure.generator_process import GeneratorProcess
from reports.allure.install import GeneratorMissingError
from reports.page import html
from reports.qualification.content import content
from reports.qualification.pdf import pdf
from reports.run_data import Run, read_run


@dataclass(frozen=True)
class Report:
    """What was made. `allure` is None when its generator is missing; then `trouble` says how to get it."""

    run: Path
    word: str
    qualification: Path
    pdf: Path
    allure: Path | None
    trouble: str = ""

    @property
    def lines(self) -> list[str]:
        """Return what to tell the user."""
        allure = f"Allure report        {self.allure}" if self.allure else self.trouble
        return [
            f"Run folder           {self.run}",
            f"Qualification report {self.qualification} ({self.word})",
            f"                     {self.pdf}",
            allure,
        ]


def report(
    path: Path,
    language: str = "en",
    issued: datetime | None = None,
    generator: GeneratorProcess | None = None,
) -> Report:
    """Make all reports of a run folder anew. The folder of a run that died is closed first.

    issued: the date of issue printed in the report, now by default. generator: one that has been loading already.
    The vendor's report is qualification.html and .pdf; qualification-internal.html also has the addresses. Raises
    BadInput when the evidence is incomplete, altered or of a newer version, and when the folder cannot be written.
    """
    with generator or GeneratorProcess() as ready:
        try:
            return _report(path.resolve(), language, issued or datetime.now(UTC), ready)
        except OSError as error:
            raise BadInput(f"The reports of {path} cannot be written: {error}. The evidence is untouched.") from error


def _report(path: Path, language: str, issued: datetime, generator: GeneratorProcess) -> Report:
    if not (path / schema.MANIFEST).exists() and (path / schema.PARTIAL_MANIFEST).exists():
        recover(path)
    run = read_run(path)
    problems = verify_evidence(path, run.manifest)
    if problems:
        raise BadInput(f"No report is made from altered evidence in {path}: {' '.join(problems[:5])}")
    remove_reports(path)
    with ThreadPoolExecutor(max_workers=2) as beside:
        site = beside.submit(_allure, run, generator)
        word = _qualification(run, language, issued, beside)
        allure, trouble = site.result()
    seal_reports(path)
    return Report(path, word, path / "qualification.html", path / "qualification.pdf", allure, trouble)


def _qualification(run: Run, language: str, issued: datetime, beside: ThreadPoolExecutor) -> str:
    words = texts.load(language)
    vendor = content(run, words, issued, internal=False)
    printed = beside.submit(pdf, vendor, issued)
    write_atomically(run.path / "qualification.html", html(vendor))
    write_atomically(run.path / "qualification-internal.html", html(content(run, words, issued, internal=True)))
    write_atomically(run.path / "qualification.pdf", printed.result())
    return str(vendor["word"])


def _allure(run: Run, generator: GeneratorProcess) -> tuple[Path | None, str]:
    try:
        return generate(run, generator), ""
    except GeneratorMissingError as missing:
        return None, str(missing)
