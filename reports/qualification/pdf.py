"""The PDF view of a report."""

from __future__ import annotations

import copy
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).parent


def pdf(document: dict[str, Any], issued: datetime) -> bytes:
    """Return the report as PDF: the same bytes for the same content and date of issue."""
    with tempfile.TemporaryDirectory(prefix="hil-report-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes((HERE / "report.typ").read_bytes())
        (folder / "report.json").write_text(json.dumps(_with_plot_files(document, folder)), encoding="utf-8")
        made: bytes = typst.compile(folder / "report.typ", root=folder, timestamp=int(issued.timestamp()))
    return made


def _with_plot_files(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write the pictures beside the document and refer to them by name."""
    document = copy.deepcopy(document)
    number = 0
    for section in document["sections"]:
        for block in section["blocks"]:
            if block["type"] == "plot":
                number += 1
                block["file"] = f"plot-{number}.svg"
                (folder / block["file"]).write_bytes(block.pop("svg"))
    return document
