"""Is a run folder as it was written?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import all_files, sha256
from hil.evidence.manifest import Manifest, digest, read_content, read_manifest
from hil.evidence.writing import being_written


def verify(run: Path) -> list[str]:
    """Return every difference between a run folder and its manifest as a sentence; none means unaltered.

    A report that is no longer there is no difference: see `removed_reports`. Raises BadInput when there is no readable
    manifest of a known version to compare with.
    """
    manifest = open_manifest(run)
    problems = verify_evidence(run, manifest)
    removed = removed_reports(run, manifest)
    there = {name: expected for name, expected in manifest.reports.items() if name not in removed}
    problems += _differences(run, there, "report", "It can be made again with 'hil report'.")
    known = {*manifest.files, *manifest.reports, schema.MANIFEST, schema.SIGNATURE}
    problems += [f"{name} is not in the manifest: it was added later." for name in all_files(run) if name not in known]
    return problems


def removed_reports(run: Path, manifest: Manifest) -> list[str]:
    """Return the reports that were made and are no longer there; they can be made again from the evidence."""
    return [name for name in manifest.reports if not (run / name).exists()]


def verify_files(run: Path, manifest: Manifest, names: Sequence[str]) -> None:
    """Raise BadInput when the manifest, or one of the files of evidence called `names`, is not as it was written."""
    problems = verify_evidence(
        run, manifest.model_copy(update={"files": {name: manifest.files.get(name, "") for name in names}})
    )
    if problems:
        raise BadInput(f"{run} is not as it was written: {' '.join(problems)}")


def verify_evidence(run: Path, manifest: Manifest) -> list[str]:
    """Return what was altered, removed or added in the evidence alone, reports left aside."""
    problems = []
    if manifest.digest != digest(read_content(run / schema.MANIFEST)):
        problems.append(f"{schema.MANIFEST} was altered: its digest does not fit its content.")
    return problems + _differences(run, manifest.files, "evidence", "Restore it from a copy.")


def open_manifest(run: Path) -> Manifest:
    """Return the manifest of a finished run. Raises BadInput with what to do when there is none."""
    if not run.is_dir():
        raise BadInput(f"{run} is not a folder.")
    if not (run / schema.MANIFEST).exists() and (run / schema.PARTIAL_MANIFEST).exists():
        if being_written(run):
            raise BadInput(f"{run} is still being written by a run that goes on; wait for its end.")
        raise BadInput(f"{run} is the folder of a run that died: it was never sealed. 'hil report {run}' closes it.")
    return read_manifest(run / schema.MANIFEST)


def _differences(run: Path, files: dict[str, str], kind: str, advice: str) -> list[str]:
    problems = []
    for name, expected in sorted(files.items()):
        path = run / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            problems.append(f"{schema.MANIFEST} names {name}, which lies outside the run folder.")
        elif not path.is_file():
            problems.append(f"{name} ({kind}) is missing. {advice}")
        elif sha256(path) != expected:
            problems.append(f"{name} ({kind}) was altered: its SHA-256 is not the one in the manifest. {advice}")
    return problems
