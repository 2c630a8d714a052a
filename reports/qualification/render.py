"""Two views of the same content: one self-contained HTML page, and a PDF."""

from __future__ import annotations

import base64
import copy
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import typst
from markupsafe import Markup

HERE = Path(__file__).parent


def html(document: dict[str, Any]) -> str:
    """Return the report as one HTML page that needs no other file and no network."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode()
    css = (HERE / "report.css").read_text(encoding="utf-8")
    prepared = {**document, "sections": [_with_style(section) for section in document["sections"]]}
    return environment.get_template("report.html").render(**prepared, css=Markup(css))


def pdf(document: dict[str, Any], issued: datetime) -> bytes:
    """Return the report as PDF: the same bytes for the same content and date of issue."""
    with tempfile.TemporaryDirectory(prefix="hil-report-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes((HERE / "report.typ").read_bytes())
        (folder / "report.json").write_text(json.dumps(_with_plot_files(document, folder)), encoding="utf-8")
        made: bytes = typst.compile(folder / "report.typ", root=folder, timestamp=int(issued.timestamp()))
    return made


def _with_style(section: dict[str, Any]) -> dict[str, Any]:
    return {**section, "blocks": [{"style": "", **block} for block in section["blocks"]]}


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
