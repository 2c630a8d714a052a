"""Reads the catalogue's files, one per group."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from hil import tomlfile
from hil.errors import BadInput
from hil.verdict.catalogue.model import GROUPS, Limit, LimitRow, Requirement
from hil.verdict.expression import evaluate

FOLDER = Path(__file__).parent


class Catalogue:
    """Every requirement, in the order of the groups."""

    def __init__(self, requirements: Mapping[str, Requirement]) -> None:
        """Hold requirements by id."""
        self._requirements = dict(requirements)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Catalogue:
        """Read GROUP.toml for every group. Raises BadInput naming file, requirement, key and what was expected."""
        found: dict[str, Requirement] = {}
        for group in GROUPS:
            for requirement in _read(folder / f"{group}.toml"):
                if requirement.group != group:
                    raise BadInput(f"{folder / f'{group}.toml'}: {requirement.id} belongs into another file")
                found[requirement.id] = requirement
        return cls(found)

    def __iter__(self) -> Iterator[Requirement]:
        """Iterate over the requirements in order."""
        return iter(self._requirements.values())

    def __len__(self) -> int:
        """Return the number of requirements."""
        return len(self._requirements)

    def requirement(self, id: str) -> Requirement:
        """Return one requirement. Raises BadInput for an id that is not in the catalogue."""
        if id not in self._requirements:
            raise BadInput(f"there is no requirement '{id}' in the catalogue; `hil requirements` lists them")
        return self._requirements[id]

    def row(self, id: str, name: str) -> LimitRow:
        """Return a limit as stated. Raises BadInput, naming the limits that the requirement has."""
        limits = self.requirement(id).limits
        if name not in limits:
            raise BadInput(f"requirement {id} has no limit '{name}', only: {', '.join(limits)}")
        return limits[name]

    def limit(self, id: str, name: str, context: Mapping[str, object]) -> Limit:
        """Return a limit with the numbers of this run.

        context: {"policy": ..., "hwconfig": ..., "dut": ...}. Raises BadInput when one of them lacks a key.
        """
        row = self.row(id, name)
        try:
            lower = None if row.lower is None else evaluate(row.lower, context)
            upper = None if row.upper is None else evaluate(row.upper, context)
        except BadInput as error:
            raise BadInput(f"requirement {id}, limit {name}: {error}") from error
        return Limit(lower, upper, row.unit, row.source)


def _read(path: Path) -> list[Requirement]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"cannot read the requirement catalogue {path}: {error}") from error
    requirements = []
    for id, entry in document.items():
        if not isinstance(entry, dict):
            raise BadInput(f"{path}: '{id}' stands outside of a requirement's table")
        try:
            requirements.append(Requirement.model_validate({"id": id, **entry}))
        except ValidationError as error:
            raise BadInput(f"{path}, requirement {id}: {tomlfile.describe(error)}") from error
    return requirements
