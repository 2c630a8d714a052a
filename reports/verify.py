"""hil verify: is a run folder as it was written, and who signed it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hil.evidence import signature
from hil.evidence.verify import open_manifest, removed_reports, verify


@dataclass(frozen=True)
class Verification:
    """problems: sentences, none when unaltered. removed: reports that are gone. signature: what the signature says."""

    run: Path
    files: int
    problems: list[str]
    removed: list[str]
    signature: str

    @property
    def exit_status(self) -> int:
        """Return 0 for an unaltered folder, 1 otherwise."""
        return 1 if self.problems else 0

    @property
    def lines(self) -> list[str]:
        """Return what to tell the user."""
        if self.problems:
            return [f"{self.run} is NOT as it was written:", *(f"  {problem}" for problem in self.problems)]
        said = [f"{self.run} is as it was written: {self.files} files compared; {self.signature}."]
        if self.removed:
            said.append(f"Reports were removed ({', '.join(self.removed)}); 'hil report {self.run}' makes them again.")
        return said


def verify_run(run: Path, public_key: Path | None = None) -> Verification:
    """Compare a run folder with its manifest and check its signature. Raises BadInput without a manifest."""
    manifest = open_manifest(run)
    said, trouble = signature.check(run, public_key)
    removed = removed_reports(run, manifest)
    compared = len(manifest.files) + len(manifest.reports) - len(removed)
    return Verification(run, compared, [*verify(run), *trouble], removed, said)
