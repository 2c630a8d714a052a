"""The PDF view of a report."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from reports.blocks import Block

HERE = Path(__file__).parent
BREAK = "\N{ZERO WIDTH SPACE}"
WIDE = 70
"""Characters that fit into a line beside a label."""
_AFTER = re.compile(r"[_/:;=\[\]@]")
_INSIDE = re.compile(r"([.,-](?=[A-Za-z])|[a-z](?=[A-Z]))")
"""Where a long word may be broken: only where nothing better offers."""
_LONG = re.compile(r"\S{13,}")
_DIGEST = re.compile(r"[0-9a-f]{32,}")
"""Never broken: whoever copies it wants to compare it."""


def pdf(document: dict[str, Any], issued: datetime) -> bytes:
    """Return the report as PDF: the same bytes for the same content and date of issue."""
    with tempfile.TemporaryDirectory(prefix="hil-report-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes((HERE / "report.typ").read_bytes())
        (folder / "report.json").write_text(json.dumps(_printable(document, folder)), encoding="utf-8")
        made: bytes = typst.compile(folder / "report.typ", root=folder, timestamp=int(issued.timestamp()))
    return made


def _printable(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the document with its pictures as files in `folder`, and with long words that may be broken."""
    number = 0
    sections = []
    for section in document["sections"]:
        blocks = []
        for block in section["blocks"]:
            block = _breakable(block)
            if block["type"] == "plot":
                number += 1
                block["file"] = f"plot-{number}.svg"
                (folder / block["file"]).write_bytes(block.pop("svg"))
            blocks.append(block)
        sections.append({**section, "blocks": blocks})
    return {**document, "sections": sections}


def _breakable(block: Block) -> Block:
    """Return a block whose tables and captions may be broken inside long words, as hashes and node ids are."""
    if block["type"] == "pairs":
        return {
            **block,
            "rows": [(label, soft(value) if len(value) > WIDE else value) for label, value in block["rows"]],
        }
    if block["type"] == "table":
        return {**block, "rows": [[{**cell, "text": soft(cell["text"])} for cell in row] for row in block["rows"]]}
    return {**block, "caption": soft(block["caption"])} if block["type"] == "plot" else dict(block)


def soft(words: str) -> str:
    """Return a text whose long words may be broken where nothing better offers; a digest is left whole."""
    return _LONG.sub(lambda found: _broken(found[0]), words)


def _broken(word: str) -> str:
    return word if _DIGEST.search(word) else _INSIDE.sub(rf"\1{BREAK}", _AFTER.sub(rf"\g<0>{BREAK}", word))
