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
_AFTER = re.compile(r"[_/:;=\[\]@]|[0-9a-f]{8}")
_INSIDE = re.compile(r"([.,-](?=[A-Za-z])|[a-z](?=[A-Z]))")
"""Where a long word may be broken: only where nothing better offers."""


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
        return {**block, "rows": [(label, _soft(value)) for label, value in block["rows"]]}
    if block["type"] == "table":
        return {**block, "rows": [[{**cell, "text": _soft(cell["text"])} for cell in row] for row in block["rows"]]}
    return {**block, "caption": _soft(block["caption"])} if block["type"] == "plot" else dict(block)


def _soft(words: str) -> str:
    return _INSIDE.sub(rf"\1{BREAK}", _AFTER.sub(rf"\g<0>{BREAK}", words))
