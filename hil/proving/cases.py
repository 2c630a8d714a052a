"""What the self-test runs: every entry of the virtual bench's catalogue, and conforming units drawn at random."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from hil.errors import BadInput
from hil.proving.owner import write_hwconfig
from hil.proving.units import draw, write_bench
from hil.verdict import Catalogue
from hil.verdict.catalogue.model import ProfileName

CORE = ("COM-01", "CVD-02", "CCA-04")
"""Requirements that are run on every defect beside those that it must be caught by: quick ones, of all sides."""
EXERCISE = ("COM-01", "MOD-02", "CVD-01", "CCA-01", "ZVS-02")
"""Requirements that are run on every trouble: every instrument is used, and for long enough to meet the trouble."""
WITH_PEER = ("CCA-03", "CVD-05", "MOD-04", "MOD-05")
"""Requirements that are run on what concerns a second unit, on a bench that has one."""
PROFILES: tuple[ProfileName, ...] = ("nightly", "acceptance", "qualification")
"""A case is run with the first of these that repeats every requirement it needs, unless its entry names a later one."""


class Kind(Enum):
    """What is expected: a defect is caught, an oddity and a unit pass, a trouble is the bench's own."""

    DEFECT = "defect"
    ODDITY = "oddity"
    UNIT = "unit"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class Case:
    """What the self-test expects something of. requirements: those it runs, all when empty. seed: of a unit.

    sets: parameters of the virtual bench that it changes. peer: it runs on the bench with a second unit.
    """

    name: str
    kind: Kind
    summary: str
    profile: str
    requirements: tuple[str, ...] = ()
    caught_by: tuple[str, ...] = ()
    seed: int | None = None
    sets: frozenset[str] = frozenset()
    peer: bool = False


def arguments(batch: Sequence[Case], bench: Path, folder: Path) -> list[str]:
    """Return the arguments of `hil run` for cases that share a run; files that it needs are written into `folder`."""
    first = batch[0]
    if first.seed is not None:
        bench = write_bench(bench, draw(first.seed), first.seed, folder)
    words = [
        "run",
        "--bench",
        str(bench),
        "--profile",
        first.profile,
        "--no-reports",
        "--no-pictures",
        "--runs",
        str(folder),
    ]
    if first.requirements:
        words += ["-m", " or ".join(first.requirements)]
    if first.kind in (Kind.ODDITY, Kind.UNIT):
        words += ["--hwconfig", str(write_hwconfig(bench, folder))]
    for case in batch:
        if case.kind is not Kind.UNIT:
            words += ["--oddity" if case.kind is Kind.ODDITY else "--defect", case.name]
    return words


def all_cases(units: int) -> list[Case]:
    """Return every entry of the catalogue of the virtual bench as a case, and so many conforming units."""
    listed = [sys.executable, "-m", "hil.virtual", "--list-defects", "--json"]
    text = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    catalogue = Catalogue.load()
    cases = [_entry(entry, catalogue) for entry in json.loads(text)]
    order = list(Kind)
    cases.sort(key=lambda case: order.index(case.kind))
    drawn = (
        Case(f"unit-{seed:02d}", Kind.UNIT, "conforming, drawn at random", PROFILES[0], seed=seed)
        for seed in range(1, units + 1)
    )
    return [*cases, *drawn]


def _entry(entry: dict[str, object], catalogue: Catalogue) -> Case:
    kind, named = Kind(str(entry["kind"])), entry["caught_by"]
    caught_by = tuple(str(name) for name in named) if isinstance(named, list) else ()
    requirements = {
        Kind.DEFECT: tuple(sorted({*CORE, *caught_by})),
        Kind.TROUBLE: EXERCISE,
    }.get(kind, ())
    sets = entry["sets"]
    peer = bool(entry["needs_peer"])
    if peer:
        requirements = WITH_PEER
    return Case(
        str(entry["name"]),
        kind,
        str(entry["summary"]),
        str(entry["profile"] or profile_for(caught_by, catalogue)),
        requirements,
        caught_by,
        sets=frozenset(sets) if isinstance(sets, list) else frozenset(),
        peer=peer,
    )


def profile_for(requirements: Iterable[str], catalogue: Catalogue) -> ProfileName:
    """Return the quickest profile that repeats all `requirements` at least once. Raises BadInput when none does."""
    needed = [catalogue.requirement(name) for name in requirements]
    for name in PROFILES:
        if all(each.repetitions[name] for each in needed):
            return name
    raise BadInput(f"No profile runs {', '.join(each.id for each in needed)} together.")


def chosen(cases: list[Case], names: Iterable[str]) -> list[Case]:
    """Return the cases called `names`, all when there are none. Raises BadInput for a name that is not there."""
    wanted = list(names)
    unknown = [name for name in wanted if name not in {case.name for case in cases}]
    if unknown:
        raise BadInput(f"The self-test has no case {', '.join(unknown)}; 'hil virtual --list-defects' shows all.")
    return [case for case in cases if not wanted or case.name in wanted]
