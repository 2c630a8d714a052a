"""A document of blocks as text for a terminal or a log file."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

LONG = 200
"""Rows of a table from which on its lines are not fitted to the screen: that takes a millisecond each."""
STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red", "none": "dim", "sum": "bold", "": ""}


def show(document: dict[str, Any], console: Console) -> None:
    """Print a document; pictures are left to the HTML page."""
    console.print(Text(f"{document['title']['report']}: {document['device']}", "bold"))
    console.print(Text(document["word"], STYLES[document["tone"]]))
    if document["meaning"]:
        console.print(Text(document["meaning"]))
    for section in document["sections"]:
        console.print()
        console.print(Text(section["title"], "bold"))
        for block in section["blocks"]:
            _show_block(block, console)


def _show_block(block: dict[str, Any], console: Console) -> None:
    match block["type"]:
        case "text" | "heading":
            console.print(Text(block["text"]))
        case "list":
            for item in block["items"]:
                console.print(Text(f"  - {item}"))
        case "pairs":
            _show_table(
                [],
                [[{"text": label, "tone": ""}, {"text": value, "tone": ""}] for label, value in block["rows"]],
                console,
            )
        case "table":
            _show_table(block["columns"], block["rows"], console)


def _show_table(columns: list[str], rows: list[list[dict[str, str]]], console: Console) -> None:
    if len(rows) > LONG or not console.is_terminal:  # in a log one row is one line, for grep
        heading = [columns] if columns else []
        _show_long_table([*heading, *([cell["text"] for cell in row] for row in rows)], console)
        return
    grid = Table(show_header=bool(columns), box=None, pad_edge=False)
    for index, name in enumerate(columns):
        grid.add_column(name, no_wrap=index == 0)
    for row in rows:
        grid.add_row(*(Text(cell["text"], STYLES[cell["tone"]]) for cell in row))
    console.print(grid)


def _show_long_table(lines: list[list[str]], console: Console) -> None:
    full = max(map(len, lines))
    widths = [max(map(len, column)) for column in zip(*(line for line in lines if len(line) == full), strict=True)]
    for line in lines:
        console.out(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=False)).rstrip(), highlight=False
        )
