"""Writes proposed/hwConfig.json, proposed/policy.json and where every value comes from."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.client.hwconfig import HwConfig
from hil.client.inconsistencies import inconsistencies
from hil.client.policy import Policy
from hil.derived import Evidence, figures
from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import write_atomically
from hil.evidence.manifest import Manifest, read_manifest
from hil.evidence.rows import read_catalogue
from reports.proposed.derive import HWCONFIG, POLICY, Value, derive
from reports.run_data import in_words, read_measurements

DERIVATION = "derivation.json"
COMMENT = "#"


@dataclass(frozen=True)
class Proposal:
    """What was written.

    values: with the measurement behind each. inconsistencies: of the owner's files. left: those of the proposed ones.
    """

    files: tuple[Path, ...]
    values: tuple[Value, ...]
    inconsistencies: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def changes(self) -> tuple[Value, ...]:
        """Return the values that differ from the owner's."""
        return tuple(value for value in self.values if value.changed)


def propose(run: Path) -> Proposal:
    """Derive the client's files from measurements.csv of `run` and the owner's files in its manifest; write them.

    Works before the folder is sealed, which it must be called before. Raises BadInput for a folder without the
    owner's files.
    """
    owner = _owner(run)
    policy, hwconfig = Policy.model_validate(owner[POLICY]), HwConfig.model_validate(owner[HWCONFIG])
    evidence = Evidence(in_words(read_catalogue(run), read_measurements(run)))
    values = derive(evidence, policy, hwconfig)
    proposed = {name: _with(content, [each for each in values if each.file == name]) for name, content in owner.items()}
    measured = figures.efficiency(evidence)
    efficiency = {} if measured is None else {"efficiency": measured.value}
    found = inconsistencies(policy, hwconfig, **efficiency)
    new_policy = Policy.model_validate(_plain(proposed[POLICY]))
    new_hwconfig = HwConfig.model_validate(_plain(proposed[HWCONFIG]))
    left = inconsistencies(new_policy, new_hwconfig, **efficiency)
    documents = {**proposed, DERIVATION: _derivation(run, values, found, left)}
    folder = run / schema.PROPOSED
    folder.mkdir(exist_ok=True)
    for name, content in documents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        write_atomically(folder / name, text)
    return Proposal(tuple(folder / name for name in documents), tuple(values), tuple(found), tuple(left))


def _owner(run: Path) -> dict[str, dict[str, Any]]:
    """Return the owner's files by name, as the manifest of a running or a finished run keeps them."""
    manifest = _manifest(run)
    files = {HWCONFIG: manifest.hwconfig, POLICY: manifest.policy}
    missing = [name for name, file in files.items() if file is None]
    if missing:
        raise BadInput(f"The manifest of {run} does not hold {' and '.join(missing)}; nothing can be proposed for it.")
    return {name: copy.deepcopy(file.content) for name, file in files.items() if file is not None}


def _manifest(run: Path) -> Manifest:
    finished = run / schema.MANIFEST
    return read_manifest(finished if finished.exists() else run / schema.PARTIAL_MANIFEST)


def _with(content: dict[str, Any], values: list[Value]) -> dict[str, Any]:
    """Return the owner's file with the proposed values, each explained by a comment in its object."""
    tree = copy.deepcopy(content)
    for value in values:
        *path, last = value.key.split(".")
        here = tree
        for name in path:
            here = here.setdefault(name, {})
        if value.changed:
            here[last] = _number(value.proposed)
        here[COMMENT] = "; ".join(filter(None, [here.get(COMMENT), f"{last}: {_because(value)}"]))
    return tree


def _because(value: Value) -> str:
    word = f"{value.owner:g} before" if value.changed else "kept"
    return f"{word}, {value.needed}, from {value.source}" if value.needed else f"{word}, {value.source}"


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _plain(tree: Any) -> Any:
    """Return a file without its comments, as apis-main reads it."""
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items() if key != COMMENT}
    return tree


def _derivation(run: Path, values: list[Value], found: list[str], left: list[str]) -> dict[str, Any]:
    rows = {
        f"{value.file} {value.key}": {
            "owner": _number(value.owner),
            "proposed": _number(value.proposed),
            "needed": value.needed,
            "measurement": value.source,
        }
        for value in values
    }
    return {
        "run": run.name,
        "changed": {
            f"{value.file} {value.key}": f"{value.owner:g} -> {value.proposed:g}" for value in values if value.changed
        },
        "inconsistencies of the owner's files": found,
        "inconsistencies left with the proposed files": left,
        "values": rows,
    }
