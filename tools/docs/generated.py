"""The parts of the pages that are made from the program; each stands between two comments."""

from __future__ import annotations

import re
from collections.abc import Callable

from hil.bench.dut import DutFile
from hil.bench.file import BenchFile
from tools.docs import commands, tables
from tools.docs.pages import ROOT, Page

PARTS: dict[str, Callable[[], str]] = {
    "commands": commands.reference,
    "bench file": lambda: tables.reference(BenchFile),
    "DUT file": lambda: tables.reference(DutFile),
}
PLACE = re.compile(r"(<!-- generated: (?P<part>[^>]+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


def renewed(page: Page) -> str:
    """Return the page with its generated parts as they must be now."""

    def make(found: re.Match[str]) -> str:
        return f"{found[1]}\n{PARTS[found['part']]().rstrip()}\n\n{found[3]}"

    return PLACE.sub(make, page.text)


def renew(page: Page) -> bool:
    """Write the page anew where its generated parts have changed; tell whether they had."""
    text = renewed(page)
    if text == page.text:
        return False
    (ROOT / page.path).write_text(text, encoding="utf-8")
    return True
