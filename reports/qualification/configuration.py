"""The client's configuration as the measurements propose it: what changes, and what each value comes from."""

from __future__ import annotations

import json
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from reports.blocks import Block, bullets, heading, table, text
from reports.run_data import Run

DERIVATION = f"{schema.PROPOSED}/derivation.json"


def configuration(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return one row per derived value: the owner's, the proposed one, what is needed, the measurement behind it."""
    if DERIVATION not in run.manifest.files:
        return [text(texts["none"]["configuration"])]
    failed = {verdict.id for verdict in run.verdicts if verdict.verdict == schema.FAIL}
    try:
        content = json.loads((run.path / DERIVATION).read_text(encoding="utf-8"))
        values = [_row(name, value, failed, texts) for name, value in content["values"].items()]
        found = content["inconsistencies of the owner's files"]
        left = content["inconsistencies left with the proposed files"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{run.path / DERIVATION} cannot be read ({error!r}). Restore it from a copy.") from error
    section, column = texts["configuration"], texts["column"]
    if not values:
        return [text(texts["none"]["configuration"])]
    names = [column[name] for name in ("file", "key", "owner", "proposed", "needed", "measured")]
    blocks = [text(section["about"])]
    if any(verdict.required for verdict in run.verdicts if verdict.id in failed):
        blocks.append(text(section["failed"]))
    blocks.append(table(names, values, [1.1, 2.6, 0.8, 1.1, 1.6, 3.0]))
    for title, sentences in ((section["found"], found), (section["left"], left)):
        if sentences:
            blocks += [heading(title), bullets(sentences)]
    return blocks


def _row(name: str, value: dict[str, Any], failed: set[str], texts: dict[str, Any]) -> list[object]:
    """Return the cells of a value; one that changes is set off, and one that follows from a failure says so."""
    file, _, key = name.partition(" ")
    changed = value["owner"] != value["proposed"]
    proposed = {"text": f"{value['proposed']:g}", "tone": "warn" if changed else ""}
    source = value["measurement"]
    if changed and source.partition(" ")[0] in failed:
        proposed["text"] += texts["configuration"]["from_failure"]
    return [file, key, f"{value['owner']:g}", proposed, value["needed"], source]
