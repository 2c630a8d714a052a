"""The site: every page as HTML, laid out as the repository is, with no link to any outside host of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from tools.docs.pages import INDEX, MARKDOWN, ROOT, Page, all_pages, is_local, target_of

HERE = Path(__file__).parent


def build(site: Path) -> int:
    """Write the site anew; return the number of pages. Pages with dead links must be put right before."""
    pages = all_pages()
    template = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape()).get_template("page.html")
    shutil.rmtree(site, ignore_errors=True)
    for page in pages:
        target = site / page.path.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        chapters = [(each.title, _relative(each.path, page), each.path == page.path) for each in pages]
        target.write_text(
            template.render(title=page.title, chapters=chapters, content=Markup(_content(page))), encoding="utf-8"
        )
        _copy_linked(page, site)
    front = INDEX.with_suffix(".html")
    (site / "index.html").write_text(f'<meta http-equiv="refresh" content="0; url={front}">\n', encoding="utf-8")
    return len(pages)


def _content(page: Page) -> str:
    for token in page.tokens:
        for child in token.children or ():
            link = child.attrGet("href")
            if isinstance(link, str) and is_local(link) and link.partition("#")[0].endswith(".md"):
                child.attrSet("href", link.replace(".md", ".html", 1))
    return str(MARKDOWN.renderer.render(page.tokens, MARKDOWN.options, {}))


def _copy_linked(page: Page, site: Path) -> None:
    """Copy pictures and files that a page leads to."""
    for link in page.links:
        path = target_of(page, link.target)[0] if is_local(link.target) else None
        if path is not None and path.suffix not in (".md", ".html"):
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, site / path)


def _relative(path: Path, page: Page) -> str:
    return Path(os.path.relpath(path.with_suffix(".html"), page.path.parent)).as_posix()
