"""A comparison of two runs as a document."""

from __future__ import annotations

from typing import Any

from hil.evidence import schema
from reports import texts
from reports.blocks import Block, document, section, table, text, verdict_cell
from reports.compare import Comparison, MarginChange, Single, VerdictChange
from reports.numbers import decimals, quantity


def comparison_document(comparison: Comparison, language: str = "en") -> dict[str, Any]:
    """Return a comparison as a document for `reports.page.html` or `reports.terminal.show`."""
    words = texts.load(language)
    own = words["compare"]
    sections = [
        section(name, own[name], [block if block["rows"] else text(own["none"])])
        for name, block in _tables(comparison, own, words["column"]).items()
    ]
    if comparison.only_one:
        sections.append(section("added", own["added"], [_only_one(comparison.only_one, own, words["column"])]))
    worse = comparison.worse
    word = own["same" if worse == 0 else "worse_one" if worse == 1 else "worse"].format(count=worse)
    device = f"{comparison.before.name} → {comparison.after.name}"
    meaning = own["apart"].format(what=", ".join(comparison.apart)) if comparison.apart else ""
    return document(words, own["title"], "", device, word, "fail" if worse else "pass", meaning, sections)


def _tables(comparison: Comparison, own: dict[str, str], column: dict[str, str]) -> dict[str, Block]:
    sides = [own["before"], own["after"]]
    verdicts = [column["id"], column["requirement"], *sides, own["change"]]
    margins = [column["id"], column["quantity"], *sides, own["change"]]
    times = [[item.test, f"{item.before:.1f} s", f"{item.after:.1f} s"] for item in comparison.timing]
    setup = [
        [item.what, item.before, {"text": item.after or "–", "tone": "fail" if item.worse else ""}]
        for item in comparison.setup
    ]
    return {
        "verdicts": table(verdicts, _verdict_rows(comparison, own), [1, 4, 1.5, 1.5, 1]),
        "margins": table(margins, _margin_rows(comparison), [1, 3, 1.5, 1.5, 1.5]),
        "setup": table([own["what"], *sides], setup, [2, 3, 3]),
        "timing": table([column["test"], *sides], times, [4, 1, 1]),
    }


def _only_one(found: list[Single], own: dict[str, str], column: dict[str, str]) -> Block:
    rows = [
        [
            item.requirement,
            "" if item.later else verdict_cell(item.verdict),
            verdict_cell(item.verdict) if item.later else "",
        ]
        for item in found
    ]
    return table([column["id"], own["before"], own["after"]], rows, [1, 1, 1])


def _verdict_rows(comparison: Comparison, own: dict[str, str]) -> list[list[object]]:
    return [
        [item.requirement, item.title, verdict_cell(item.before), verdict_cell(item.after), _change(item, own)]
        for item in comparison.verdicts
    ]


def _change(item: VerdictChange, own: dict[str, str]) -> dict[str, str]:
    if not item.planned:
        return {"text": own["other_plan"], "tone": "none"}
    if not item.worse and item.after == schema.NOT_ASSESSED:
        return {"text": own["unassessed"], "tone": "none"}
    if not item.worse:
        return {"text": own["better_word"], "tone": "pass"}
    if not item.decides:
        return {"text": own["worse_target"], "tone": "warn"}
    return {"text": own["worse_word"], "tone": "fail"}


def _margin_rows(comparison: Comparison) -> list[list[object]]:
    rows: list[list[object]] = []
    for item in comparison.margins:
        places = decimals(item.doubt)
        fall = quantity(item.after - item.before, item.unit, places)
        change = f"{fall}, U = {quantity(item.doubt, item.unit, places)}" if item.doubt else fall
        sides = [quantity(item.before, item.unit), quantity(item.after, item.unit)]
        rows.append([item.requirement, item.quantity, *sides, {"text": change, "tone": _tone(item)}])
    return rows


def _tone(item: MarginChange) -> str:
    if not item.worse:
        return ""
    return "fail" if item.decides else "warn"
