"""`python -m tools.docs [FOLDER]`: renew the reference pages, check all pages, build the site (by default in site/)."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.docs.check import problems
from tools.docs.generated import renew
from tools.docs.pages import ROOT, all_pages
from tools.docs.site import build


def main(site: Path) -> int:
    """Return the exit status: 0 built, 1 a page says something that is not so."""
    for page in all_pages():
        if renew(page):
            sys.stdout.write(f"renewed {page.path}\n")
    found = problems()
    if found:
        sys.stderr.write("\n".join([*found, f"{len(found)} to put right; nothing was built."]) + "\n")
        return 1
    sys.stdout.write(f"{build(site)} pages in {site}; open {site / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"))
