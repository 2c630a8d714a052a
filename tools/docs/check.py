"""What the pages say about this repository, compared with it: links, anchors, commands, options, names, paths."""

from __future__ import annotations

import itertools
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from hil.running import options as pytest_options
from hil.verdict import Catalogue
from hil.verdict.catalogue import GROUPS, PROFILES
from hil.virtual import defects
from tools.docs import commands
from tools.docs.pages import INDEX, ROOT, Code, Page, all_pages, is_local, target_of

SHOWN_ONLY = {"text", "python", "toml", "json", "xml"}
"""Kinds of blocks in which no command is meant to be typed."""
CALLS = re.compile(r"(?:^|[\s/\"'=(])(hil|pytest|make) +([^#|;>&)`]*)")
REQUIREMENT = re.compile(rf"\b(?:{'|'.join(GROUPS)})-\d\d\b")
REPOSITORY_PATH = re.compile(r"(?:docs|hil|benches|duts|suites|tests|reports|instruments|tools|benchmarks)/[\w./-]+")
INVENTED = re.compile(r"\b(?:my|mine)\b|[A-Z]{4}")
"""In a path: the user's own file, or a word that stands for one."""
PYTEST_OWN = {"-k", "-m", "-x", "--help", "--collect-only"}


def problems() -> list[str]:
    """Return everything that is wrong with the pages, one sentence each."""
    pages = all_pages()
    known = {page.path: page.anchors for page in pages}
    found = [sentence for page in pages for sentence in problems_of(page, known)]
    named = {target_of(Page(INDEX), link.target)[0] for link in Page(INDEX).links if is_local(link.target)}
    lost = [page.path for page in pages if page.path.parent.name == "docs" and page.path not in {*named, INDEX}]
    return found + [f"{path} is named nowhere in {INDEX}." for path in lost]


def problems_of(page: Page, anchors: dict[Path, set[str]]) -> list[str]:
    """Return what is wrong with one page. anchors: those of every page that may be linked to."""
    return [*_links(page, anchors), *_code(page), *_requirements(page)]


def _links(page: Page, known: dict[Path, set[str]]) -> Iterator[str]:
    for link in page.links:
        if not is_local(link.target):
            continue
        path, anchor = target_of(page, link.target)
        where = f"{page.path}:{link.line}"
        if not (ROOT / path).is_file():
            yield f"{where}: {link.target} leads to {path}, which is no file."
        elif anchor and anchor not in known.get(path, set()):
            yield f"{where}: {path} has no heading with the anchor #{anchor}."


def _code(page: Page) -> Iterator[str]:
    for code in page.codes:
        where = f"{page.path}:{code.line}"
        if _is_path(code) and not (ROOT / code.text).exists():
            yield f"{where}: there is no {code.text}."
        if code.kind == "toml":
            yield from _toml(code, where)
        if code.kind not in SHOWN_ONLY:
            for line in code.text.replace("\\\n", " ").splitlines():
                for program, rest in CALLS.findall(line) if code.kind != "inline" or _is_call(line) else ():
                    yield from (f"{where}: {sentence}" for sentence in _call(program, rest))


def _is_path(code: Code) -> bool:
    return code.kind == "inline" and bool(REPOSITORY_PATH.fullmatch(code.text)) and not INVENTED.search(code.text)


def _is_call(inline: str) -> bool:
    return re.match(r"(?:\S*/)?(?:hil|pytest|make) ", inline) is not None


def _call(program: str, rest: str) -> Iterator[str]:
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        yield from (f"make has no target {word}." for word in words[:1] if word.islower() and word not in targets)
    elif program == "pytest":
        yield from _options("pytest", words, PYTEST_OWN | _pytest_options())
    else:
        yield from _hil(words)


def _hil(words: list[str]) -> Iterator[str]:
    name = next((word for word in words if not word.startswith("-")), None)
    if name is None:
        yield from _options("hil", words, commands.global_options())
    elif name not in _commands():
        yield f"there is no command 'hil {name}'."
    else:
        yield from _options(f"hil {name}", words, commands.options_of(_commands()[name]))
        yield from _values(words)


def _options(command: str, words: list[str], known: set[str]) -> Iterator[str]:
    given = (word.split("=")[0] for word in words if re.match(r"--?[a-z]", word))
    yield from (f"{command} has no option {word}." for word in given if word not in known)


def _values(words: list[str]) -> Iterator[str]:
    """Look at the names that options are given: defects, oddities, profiles."""
    names: dict[str, set[str]] = {
        "--profile": set(PROFILES),
        "--defect": set(defects.catalogue()),
        "--oddity": set(defects.catalogue()),
    }
    for option, value in itertools.pairwise(words):
        if option in names and value not in names[option] and not value.isupper():
            yield f"{option} knows no {value}."


def _requirements(page: Page) -> Iterator[str]:
    """Look at the ids of requirements; one that the page itself defines may be new."""
    known = {each.id for each in Catalogue.load()}
    for code in page.codes:
        known |= set(re.findall(r"^\[([A-Z]{3}-\d\d)\]", code.text, re.MULTILINE)) if code.kind == "toml" else set()
    yield from (f"{page.path}: there is no requirement {name}." for name in {*REQUIREMENT.findall(page.text)} - known)


def _toml(code: Code, where: str) -> Iterator[str]:
    try:
        tomllib.loads(code.text)
    except tomllib.TOMLDecodeError as error:
        yield f"{where}: this is not TOML: {error}."


@cache
def _commands() -> dict[str, Any]:
    return commands.commands()


class _Collector:
    """Stands in for pytest's parser and takes note of the options."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def getgroup(self, *_: str) -> _Collector:
        return self

    def addoption(self, *names: str, **_: object) -> None:
        self.names.update(names)


@cache
def _pytest_options() -> set[str]:
    collector = _Collector()
    pytest_options.add_to(cast(pytest.Parser, collector))
    return collector.names
