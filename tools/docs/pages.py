"""The pages: README, CONTRIBUTING and docs/*.md, with their links, anchors and code."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
INDEX = Path("docs/index.md")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


@dataclass(frozen=True)
class Code:
    """A fenced block, or code within a line (kind "inline"). line: where it stands, from 1."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Link:
    """A link or picture. line: where its paragraph begins, from 1."""

    target: str
    words: str
    line: int


@dataclass(frozen=True)
class Page:
    """One page; `path` is relative to the repository."""

    path: Path

    @cached_property
    def text(self) -> str:
        """Return the page as written."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        """Return the page as markdown-it has understood it; every heading has its anchor as id."""
        tokens = MARKDOWN.parse(self.text)
        seen: dict[str, int] = {}
        for opening, content in itertools.pairwise(tokens):
            if opening.type == "heading_open":
                opening.attrSet("id", _anchor(plain(content), seen))
        return tokens

    @property
    def title(self) -> str:
        """Return the first heading."""
        return next(plain(after) for token, after in zip(self.tokens, self.tokens[1:], strict=False) if _is_h1(token))

    @property
    def anchors(self) -> set[str]:
        """Return the anchors of all headings."""
        return {str(token.attrGet("id")) for token in self.tokens if token.type == "heading_open"}

    @property
    def links(self) -> list[Link]:
        """Return every link and picture."""
        found = []
        for token, line in self._inline():
            for number, child in enumerate(token.children or ()):
                target = child.attrGet("href") or child.attrGet("src")
                if target is not None:
                    rest = (token.children or [])[number + 1 :]
                    words = next((each.content for each in rest if each.content), "")
                    found.append(Link(str(target), words, line))
        return found

    @property
    def codes(self) -> list[Code]:
        """Return every fenced block and every piece of code within a line."""
        blocks = [
            Code(token.info.strip(), token.content, token.map[0] + 1 if token.map else 0)
            for token in self.tokens
            if token.type == "fence"
        ]
        pieces = [
            Code("inline", child.content, line)
            for token, line in self._inline()
            for child in token.children or ()
            if child.type == "code_inline"
        ]
        return blocks + pieces

    def _inline(self) -> Iterator[tuple[Token, int]]:
        for token in self.tokens:
            if token.type == "inline":
                yield token, token.map[0] + 1 if token.map else 0


def all_pages() -> list[Page]:
    """Return every page, in the order of the index, those that it does not name last."""
    paths = [Path("README.md"), Path("CONTRIBUTING.md")]
    paths += [path.relative_to(ROOT) for path in sorted((ROOT / "docs").glob("*.md"))]
    order = [INDEX, *(target_of(Page(INDEX), link.target)[0] for link in Page(INDEX).links)]
    return [Page(path) for path in sorted(paths, key=lambda path: order.index(path) if path in order else len(order))]


def target_of(page: Page, link: str) -> tuple[Path, str]:
    """Return file (relative to the repository, if it lies in it) and anchor that a local link on `page` leads to."""
    path, _, anchor = link.partition("#")
    if not path:
        return page.path, anchor
    target = ((ROOT / page.path).parent / path).resolve()
    return target.relative_to(ROOT) if target.is_relative_to(ROOT) else target, anchor


def is_local(link: str) -> bool:
    """Tell whether a link leads to a file of this repository."""
    return re.match(r"[a-z]+:", link) is None


def plain(inline: Token) -> str:
    """Return the text of a heading without its markup."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))


def _is_h1(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h1"


def _anchor(heading: str, seen: dict[str, int]) -> str:
    """Return the anchor that GitHub gives to a heading; a second one of the same name gets -1."""
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    count = seen.get(slug, 0)
    seen[slug] = count + 1
    return f"{slug}-{count}" if count else slug
