"""Continuing a run that was interrupted: on the same bench, with the same unit, files and profile, or not at all."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from hil.errors import BadInput
from hil.evidence.manifest import Instrument, Manifest
from hil.evidence.resume import Earlier
from hil.verdict import Outcome, Verdict

SWITCHED_ON = "switched on: "
"""In the deviation that names a defect or an oddity of the virtual bench."""


def continued(earlier: Earlier, fresh: Manifest) -> Manifest:
    """Return the manifest with which an interrupted run goes on; `fresh` is what a new run would begin with.

    Raises BadInput naming everything that has changed.
    """
    before = earlier.manifest
    changed = list(_differences(before, fresh))
    if changed:
        raise BadInput(
            f"{earlier.path} cannot be continued, because {'; '.join(changed)}. Nothing was energised. Begin a new "
            "run, or put back what was changed."
        )
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    said = [f"interrupted: {what}" for what in before.interruptions or ["the run did not end"]]
    said.append(
        f"continued at {now} with harness {fresh.harness.version} {fresh.harness.commit[:12]}: "
        f"{len(earlier.decided)} tests decided before are kept"
    )
    return before.model_copy(
        update={
            "harness": fresh.harness,
            "versions": fresh.versions,
            "command": f"{before.command}; {fresh.command}",
            "deviations": [*before.deviations, *said],
            "interruptions": [],
            "end": None,
            "exit_status": None,
            "files": {},
            "reports": {},
            "digest": "",
        }
    )


def require_energy_left(earlier: Earlier, limit: float) -> None:
    """Raise BadInput when an instrument has given or taken `limit` W h already."""
    for name, used in earlier.energy.items():
        if abs(used) >= limit:
            raise BadInput(
                f"{earlier.path} cannot be continued: {used:.4g} W h have left '{name}' so far, and energy_wh of the "
                f"bench file allows {limit:g} W h in a run. Nothing was energised. Begin a new run."
            )


def require_same_instruments(before: Iterable[Instrument], now: Iterable[Instrument]) -> None:
    """Raise BadInput when other instruments answer than before the interruption."""
    known = {each.name: each.idn for each in before}
    changed = [
        f"{each.name} was {known[each.name]!r} and is {each.idn!r}"
        for each in now
        if each.name in known and known[each.name] != each.idn
    ]
    if changed:
        raise BadInput(f"The run cannot be continued, because {'; '.join(changed)}. Nothing was energised.")


def require_same_driver(before: str, now: str) -> None:
    """Raise BadInput when the unit's driver states another version than before the interruption."""
    if before and now and before != now:
        raise BadInput(
            f"The run cannot be continued: the unit's driver was {before!r} and is {now!r}, so this is "
            "another unit under test. Nothing was energised. Begin a new run."
        )


def outcomes_of(earlier: Earlier) -> list[Outcome]:
    """Return what the tests decided before say beside their measurements: the driver's errors."""
    explained = {each.test for each in earlier.measurements if each.verdict.failed}
    return [
        Outcome(name, Verdict.FAIL, entry.message)
        for entry in earlier.decided
        if entry.outcome == "failed" and entry.nodeid not in explained
        for name in entry.requirements
    ]


def _differences(before: Manifest, now: Manifest) -> Iterable[str]:
    """Yield what has changed that must not change within one run, as clauses."""
    same = {
        "the bench file": (before.bench.identity, now.bench.identity),
        "policy.json": (before.policy and before.policy.sha256, now.policy and now.policy.sha256),
        "hwConfig.json": (before.hwconfig and before.hwconfig.sha256, now.hwconfig and now.hwconfig.sha256),
    }
    yield from (f"{name} has been changed since" for name, (then, this) in same.items() if then != this)
    then, this = (each.dut.model_dump(exclude={"driver_version", "address"}) for each in (before, now))
    yield from (f"{key} of the unit was {then[key]!r} and is {this[key]!r}" for key in then if then[key] != this[key])
    for key in ("profile", "decision_rule", "seed"):
        if getattr(before, key) != getattr(now, key):
            yield f"its {key} was {getattr(before, key)} and is to be {getattr(now, key)}"
    switched = [[what for what in each.deviations if SWITCHED_ON in what] for each in (before, now)]
    if switched[0] != switched[1]:
        yield f"the virtual bench had {switched[0] or 'nothing'} and is to have {switched[1] or 'nothing'}"
