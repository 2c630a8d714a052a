"""A document of blocks as one HTML page that needs no other file and no network."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from hil.errors import BadInput
from hil.evidence.files import write_atomically

HERE = Path(__file__).parent


def html(document: dict[str, Any]) -> str:
    """Return a document (see `reports.blocks.document`) as HTML."""
    css = (HERE / "page.css").read_text(encoding="utf-8")
    prepared = {**document, "sections": [_with_style(section) for section in document["sections"]]}
    return _template().render(**prepared, css=Markup(css))


@cache
def _template() -> jinja2.Template:
    """Return the page, which takes as long to compile as to fill."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode()
    return environment.get_template("page.html")


def write(path: Path, document: dict[str, Any]) -> None:
    """Write a document as a page. Raises BadInput when that cannot be done."""
    try:
        write_atomically(path, html(document))
    except OSError as error:
        raise BadInput(f"The page {path} cannot be written: {error}.") from error


def _with_style(section: dict[str, Any]) -> dict[str, Any]:
    return {**section, "blocks": [{"style": "", **block} for block in section["blocks"]]}
