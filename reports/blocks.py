"""The building blocks of the report: what both the HTML page and the PDF can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hil.evidence import schema

Block = dict[str, Any]

TONES = {
    schema.PASS: "pass",
    schema.CONDITIONAL_PASS: "warn",
    schema.CONDITIONAL_FAIL: "warn",
    schema.FAIL: "fail",
    schema.NOT_CAPABLE: "warn",
    schema.BENCH_TROUBLE: "warn",
    schema.HARNESS_BUG: "warn",
    schema.NOT_ASSESSED: "none",
}


def text(words: str, style: str = "") -> Block:
    """Return a paragraph."""
    return {"type": "text", "text": words, "style": style}


def bullets(words: Iterable[str]) -> Block:
    """Return a list."""
    return {"type": "list", "items": list(words)}


def pairs(rows: Iterable[tuple[str, object]], unstated: str) -> Block:
    """Return a table of labels and values; an empty value is said to be not stated."""
    shown = [(label, str(value) if value not in (None, "") else unstated) for label, value in rows]
    return {"type": "pairs", "rows": shown}


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float]) -> Block:
    """Return a table; `widths` are shares of the page width."""
    return {
        "type": "table",
        "columns": list(columns),
        "widths": list(widths),
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }


def verdict_cell(verdict: str) -> dict[str, str]:
    """Return a cell coloured by its verdict; the word stands in it, for those who print in black."""
    return {"text": verdict, "tone": TONES[verdict]}


def heading(words: str, anchor: str = "") -> Block:
    """Return a heading inside a section."""
    return {"type": "heading", "text": words, "anchor": anchor}


def link(words: str, anchor: str) -> dict[str, str]:
    """Return a cell that leads to an anchor on the same page."""
    return {"text": words, "tone": "", "link": anchor}


def plot(svg: bytes, caption: str, anchor: str = "") -> Block:
    """Return a picture with its caption."""
    return {"type": "plot", "svg": svg, "caption": caption, "anchor": anchor}


def section(anchor: str, title: str, blocks: Iterable[Block]) -> dict[str, Any]:
    """Return a section of the report."""
    return {"anchor": anchor, "title": title, "blocks": list(blocks)}


def document(
    texts: dict[str, Any],
    title: str,
    number: str,
    device: str,
    word: str,
    tone: str,
    meaning: str,
    sections: list[dict[str, Any]],
    *,
    level: str = "",
    banner: str = "",
) -> Block:
    """Return a whole document: a heading with one word that sums it up, and sections."""
    return {
        "language": texts["language"],
        "title": texts["title"] | {"report": title, "level": level},
        "number": number,
        "device": device,
        "word": word,
        "tone": tone,
        "meaning": meaning,
        "banner": banner,
        "sections": sections,
    }


def each_text(item: Any, change: Callable[[str], str]) -> Any:
    """Return the same structure with every text changed; pictures stay as they are."""
    if isinstance(item, str):
        return change(item)
    if isinstance(item, dict):
        return {key: each_text(value, change) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [each_text(value, change) for value in item]
    return item


def _cell(cell: object) -> dict[str, str]:
    if isinstance(cell, dict):
        return cell
    return {"text": "–" if cell in (None, "") else str(cell), "tone": ""}
