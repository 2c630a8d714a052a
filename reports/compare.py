"""hil compare: what changed from run A to run B, and did something get worse?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from hil.evidence import schema
from hil.evidence.manifest import Instrument, Manifest
from hil.evidence.verify import open_manifest, verify_files
from reports.numbers import tolerance_share
from reports.run_data import Measurement, Run, read_run

NOTEWORTHY = 10.0
"""A margin counts as worse only when it also fell by this many per cent of the tolerance."""
SMALLEST = 0.1
"""A change by less than this many per cent of the tolerance is none: of an exact number too, the last digits vary."""
COMPARED = (schema.VERDICTS, schema.MEASUREMENTS, schema.REQUIREMENTS, schema.JOURNAL)
SAME_EVERY_NIGHT = (
    "DUT",
    "hardware version",
    "firmware version",
    "bench",
    "profile",
    "selection",
    "decision rule",
    "policy",
    "hwConfig",
)
UNTROUBLED = {schema.PASS, schema.CONDITIONAL_PASS, schema.NOT_ASSESSED}
SAFE, UNSAFE = "measured safe", "NOT proven safe"
SLOWER = 1.2
"""A test is named when its bench time changed by this factor and by more than a second."""


@dataclass(frozen=True)
class VerdictChange:
    """A requirement with another verdict than before. planned: not only because the plan of one run leaves it out."""

    requirement: str
    title: str
    decides: bool
    before: str
    after: str
    planned: bool = True

    @property
    def worse(self) -> bool:
        """Tell whether the new verdict is more severe, and not because the plan leaves it out."""
        return self.planned and schema.SEVERITY.index(self.after) > schema.SEVERITY.index(self.before)


@dataclass(frozen=True)
class MarginChange:
    """The smallest margin of a quantity changed by more than the uncertainty of the difference, `doubt`."""

    requirement: str
    quantity: str
    unit: str
    decides: bool
    before: float
    after: float
    doubt: float
    share: float | None

    @property
    def worse(self) -> bool:
        """Tell whether the margin fell noticeably."""
        return self.after < self.before and (self.share is None or self.share <= -NOTEWORTHY)


@dataclass(frozen=True)
class TimeChange:
    """A test that took a different bench time, in seconds."""

    test: str
    before: float
    after: float


@dataclass(frozen=True)
class SetupChange:
    """Something about bench, device, software or rule that was different. worse: it is bad in itself."""

    what: str
    before: str
    after: str
    worse: bool = False


@dataclass(frozen=True)
class Single:
    """A requirement that only the catalogue of one run has. later: it is the later run."""

    requirement: str
    verdict: str
    later: bool


@dataclass(frozen=True)
class Comparison:
    """All that changed from `before` to `after`."""

    before: Path
    after: Path
    verdicts: list[VerdictChange]
    margins: list[MarginChange]
    timing: list[TimeChange]
    setup: list[SetupChange]
    only_one: list[Single]

    @property
    def worse(self) -> int:
        """Return how many deciding verdicts or margins got worse, and whether the bench was left unsafe."""
        verdicts = sum(change.worse and change.decides for change in self.verdicts)
        margins = sum(change.worse and change.decides for change in self.margins)
        return verdicts + margins + sum(change.worse for change in self.setup)

    @property
    def apart(self) -> list[str]:
        """Return which of the things that are the same from night to night were not."""
        return [change.what for change in self.setup if change.what in SAME_EVERY_NIGHT]

    @property
    def exit_status(self) -> int:
        """Return 1 when something got worse, else 0."""
        return 1 if self.worse else 0


def compare(before: Path, after: Path) -> Comparison:
    """Compare two finished runs. Raises BadInput when one cannot be read, or is not as it was written."""
    a, b = _read(before.resolve()), _read(after.resolve())
    same_plan = _plan(a.manifest) == _plan(b.manifest)
    old, new = {item.id: item for item in a.verdicts}, {item.id: item for item in b.verdicts}
    verdicts = [
        VerdictChange(name, new[name].title, new[name].required, was, now, same_plan or not {was, now} <= UNTROUBLED)
        for name in new
        if name in old and (was := old[name].verdict) != (now := new[name].verdict)
    ]
    return Comparison(
        a.path,
        b.path,
        verdicts,
        _margins(a, b),
        _timing(a, b) if same_plan else [],
        _setup(a.manifest, b.manifest),
        [Single(name, old[name].verdict, later=False) for name in old if name not in new]
        + [Single(name, new[name].verdict, later=True) for name in new if name not in old],
    )


def _plan(manifest: Manifest) -> tuple[str, ...]:
    return manifest.profile, *(each for each in manifest.deviations if each.startswith(schema.A_PART))


def _read(path: Path) -> Run:
    verify_files(path, open_manifest(path), COMPARED)
    return read_run(path)


def _margins(a: Run, b: Run) -> list[MarginChange]:
    old, new = _worst(a), _worst(b)
    changes = []
    for key in (key for key in new if key in old):
        before, after = old[key], new[key]
        if before.margin is None or after.margin is None:
            continue
        doubt = math.hypot(before.uncertainty or 0.0, after.uncertainty or 0.0)
        difference = after.margin - before.margin
        share = tolerance_share(difference, after.lower, after.upper)
        if abs(difference) > doubt and (share is None or abs(share) > SMALLEST):
            changes.append(
                MarginChange(
                    key[0], b.quantity(after), after.unit, not after.target, before.margin, after.margin, doubt, share
                )
            )
    return changes


def _worst(run: Run) -> dict[tuple[str, str, str], Measurement]:
    """Return the measurement with the smallest margin of each requirement and quantity."""
    worst: dict[tuple[str, str, str], Measurement] = {}
    for row in run.measurements:
        key = (row.requirement, row.quantity, row.unit)
        if row.margin is not None and (key not in worst or row.margin < (worst[key].margin or 0.0)):
            worst[key] = row
    return worst


def _timing(a: Run, b: Run) -> list[TimeChange]:
    old = {entry.nodeid: entry.end - entry.start for entry in a.journal if entry.end is not None}
    new = {entry.nodeid: entry.end - entry.start for entry in b.journal if entry.end is not None}
    return [
        TimeChange(test, old[test], new[test])
        for test in new
        if test in old
        and abs(new[test] - old[test]) > 1.0
        and max(new[test], old[test]) > SLOWER * min(new[test], old[test])
    ]


def _setup(a: Manifest, b: Manifest) -> list[SetupChange]:
    old, new = _facts(a), _facts(b)
    names = [*new, *(name for name in old if name not in new)]
    return [
        SetupChange(name, old.get(name, ""), new.get(name, ""), new.get(name) == UNSAFE)
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _facts(manifest: Manifest) -> dict[str, str]:
    dut = manifest.dut
    facts = {
        "DUT": f"{dut.manufacturer} {dut.model} {dut.serial}",
        "hardware version": dut.hardware_version,
        "firmware version": dut.firmware_version,
        "driver version": dut.driver_version,
        "bench": f"{manifest.bench.name} ({manifest.bench.mode})",
        "bench file": manifest.bench.identity[:16],
        "profile": manifest.profile,
        "selection": "; ".join(each for each in manifest.deviations if each.startswith(schema.A_PART)),
        "deviations": "; ".join(each for each in manifest.deviations if not each.startswith(schema.A_PART)),
        "interruptions": "; ".join(manifest.interruptions),
        "safe state": SAFE if manifest.safe_state and manifest.safe_state.proven else UNSAFE,
        "decision rule": manifest.decision_rule,
        "seed": str(manifest.seed),
        "harness": f"{manifest.harness.version} {manifest.harness.commit[:12]}{' modified' * manifest.harness.dirty}",
        "Python": manifest.versions.python,
        "operating system": manifest.versions.system,
        "policy": manifest.policy.sha256[:16] if manifest.policy else "",
        "hwConfig": manifest.hwconfig.sha256[:16] if manifest.hwconfig else "",
    }
    facts |= {f"package {name}": version for name, version in manifest.versions.packages.items()}
    return facts | {f"instrument {item.name}": _instrument(item) for item in manifest.instruments}


def _instrument(item: Instrument) -> str:
    known = item.calibration
    certificate = f", certificate {known.certificate}, due {known.due or 'not stated'}" if known else ""
    return f"{item.maker} {item.model} {item.serial} {item.firmware}{certificate}".strip()
