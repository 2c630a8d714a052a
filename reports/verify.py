"""hil verify: is a run folder as it was written, and who signed it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hil.evidence import signature
from hil.evidence.verify import open_manifest, verify


@dataclass(frozen=True)
class Verification:
    """problems: sentences, none when unaltered. signature: what the signature says."""

    run: Path
    files: int
    problems: list[str]
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
        return [f"{self.run} is as it was written: {self.files} files compared; {self.signature}."]


def verify_run(run: Path, public_key: Path | None = None) -> Verification:
    """Compare a run folder with its manifest and check its signature. Raises BadInput without a manifest."""
    manifest = open_manifest(run)
    said, trouble = signature.check(run, public_key)
    return Verification(run, len(manifest.files) + len(manifest.reports), [*verify(run), *trouble], said)
