"""Is a run folder as it was written?"""

from __future__ import annotations

from pathlib import Path

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import all_files, sha256
from hil.evidence.manifest import Manifest, digest, read_content, read_manifest


def verify(run: Path) -> list[str]:
    """Return every difference between a run folder and its manifest as a sentence; none means unaltered.

    Raises BadInput when there is no readable manifest of a known version to compare with.
    """
    manifest = open_manifest(run)
    problems = verify_evidence(run, manifest)
    problems += _differences(run, manifest.reports, "report", "It can be made again with 'hil report'.")
    known = {*manifest.files, *manifest.reports, schema.MANIFEST, schema.SIGNATURE}
    problems += [f"{name} is not in the manifest: it was added later." for name in all_files(run) if name not in known]
    return problems


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
