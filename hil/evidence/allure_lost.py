"""Allure results of tests whose own result a crash has lost."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hil.evidence import allure_names, schema
from hil.evidence.files import write_atomically
from hil.evidence.journal import JournalEntry, read_journal
from hil.evidence.manifest import Manifest
from hil.evidence.rows import read_catalogue


def write_lost_results(run: Path, manifest: Manifest, written: Iterable[str]) -> None:
    """Give every attempt in the journal that has no Allure result a *broken* one.

    written: the full names of the results that there are.
    """
    results = run / schema.ALLURE_RESULTS
    seen = Counter(written)
    catalogue = read_catalogue(run)
    entries = read_journal(run)
    for number, entry in sorted(enumerate(entries), key=lambda item: (item[1].outcome is None, item[0])):
        name = allure_names.full_name(entry.nodeid)
        if seen[name] > 0:
            seen[name] -= 1
        else:
            result = _lost_result(entry, manifest, number, catalogue)
            text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
            write_atomically(results / f"{result['uuid']}-result.json", text)


def _lost_result(entry: JournalEntry, manifest: Manifest, number: int, catalogue: dict[str, Any]) -> dict[str, object]:
    if entry.outcome is None:
        message = "Interrupted: the run ended while this test was in progress, so it has no result."
    else:
        message = f"Result lost: the journal says {entry.outcome}, but Allure's own record was not written."
    when = int((manifest.end or manifest.start).timestamp() * 1000)
    digest = hashlib.sha256(f"{manifest.run} {number} {entry.nodeid}".encode()).hexdigest()
    return {
        "uuid": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "historyId": allure_names.history_id(entry.nodeid),
        "testCaseId": allure_names.history_id(entry.nodeid),
        "fullName": allure_names.full_name(entry.nodeid),
        "name": allure_names.title(entry.nodeid),
        "status": "broken",
        "stage": "interrupted",
        "statusDetails": {"message": message, "trace": entry.message},
        "labels": [{"name": name, "value": value} for name, value in _labels(entry, catalogue)],
        "start": when,
        "stop": when,
    }


def _labels(entry: JournalEntry, catalogue: dict[str, Any]) -> list[tuple[str, str]]:
    tags = [("tag", name) for name in entry.requirements]
    first = catalogue.get(entry.requirements[0]) if entry.requirements else None
    if first is None:
        return tags
    own = allure_names.labels(entry.requirements, first["class"], first["group_title"], first["title"])
    return [*own.items(), ("suite", own["feature"]), *tags]
