"""Reads the catalogue and lays its entries over the parameters of a virtual bench."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

Kind = Literal["defect", "oddity", "trouble"]


class Deviation(BaseModel):
    """One way in which a virtual bench differs from a good one.

    kind: a defect must be caught by at least one of the requirements in `caught_by`; an oddity is legal and no
    requirement may fail on it; a trouble is the bench's own and must end as bench trouble.
    profile: the quickest profile that lasts long enough to see it, None where any that runs `caught_by` does.
    set: dotted path into the parameters ("plant.converter.faults...", "driver.faults...", "instruments.NAME.faults...";
    of a second unit "plant.peer.converter.faults...", "peer.driver.faults...") and the value that stands there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Kind
    summary: str
    caught_by: tuple[str, ...] = ()
    profile: Literal["acceptance", "qualification"] | None = None
    set: dict[str, Any] = Field(min_length=1)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def needs_peer(self) -> bool:
        """Tell whether it shows only on a bench with a second unit."""
        return any(path.startswith(("peer.", "plant.peer.")) for path in self.set)


@cache
def catalogue() -> dict[str, Deviation]:
    """Return every entry by name."""
    entries: dict[str, Deviation] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in entries:
                raise ValueError(f"{path.name}: '{name}' is in the catalogue twice")
            entries[name] = Deviation(name=name, **table)
    return entries


def find(names: Iterable[str], kinds: tuple[Kind, ...]) -> list[Deviation]:
    """Return the entries called `names`. Raises ValueError with a sentence for one that is not there."""
    known = {name: entry for name, entry in catalogue().items() if entry.kind in kinds}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            f"There is no {' or '.join(kinds)} called {', '.join(unknown)}. 'hil virtual --list-defects' shows all."
        )
    return [known[name] for name in names]


def apply(entries: Iterable[Deviation], parameters: dict[str, Any]) -> None:
    """Lay `entries` over the nested tables in `parameters`. Raises ValueError when two of them set the same field."""
    owner: dict[str, str] = {}
    for entry in entries:
        for path, value in entry.set.items():
            if path in owner:
                raise ValueError(f"{entry.name} and {owner[path]} both set {path}; choose one of them.")
            owner[path] = entry.name
            _put(parameters, path.split("."), value)


def _put(table: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for key in parents:
        table = table.setdefault(key, {})
    table[last] = value
