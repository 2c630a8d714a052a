"""The command tree: headers declared like "[SOURce]:VOLTage[:LEVel]" and found in short or long form.

In a declaration capitals are the short form, brackets hold optional nodes, and `#n` after a mnemonic allows a
numeric suffix from 1 to n, which may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hil.virtual.devices.scpi.errors import ScpiError

T = TypeVar("T")

_TOKEN = re.compile(r"(?P<open>\[)|(?P<close>\])|:|(?P<mnemonic>[A-Za-z][A-Za-z0-9_]*(?:#[0-9]+)?)")
_SUFFIXED = re.compile(r"(.*?[A-Z_])([0-9]+)")


@dataclass(frozen=True, slots=True)
class Mnemonic:
    """One node's spellings and the largest numeric suffix it takes (0: none)."""

    short: str
    long: str
    largest_suffix: int = 0


def mnemonic(declared: str) -> Mnemonic:
    """Read one declared mnemonic: "VOLTage", "SOURce#2", "L1"."""
    name, _, largest = declared.partition("#")
    short = "".join(character for character in name if not character.islower())
    return Mnemonic(short, name.upper(), int(largest or 0))


def spellings(declaration: str) -> list[tuple[Mnemonic, ...]]:
    """Return every sequence of nodes that a declared header stands for, optional nodes in and out.

    Raises:
        ValueError: the declaration does not read as a header.
    """
    stack: list[list[tuple[Mnemonic, ...]]] = [[()]]
    at = 0
    while at < len(declaration):
        token = _TOKEN.match(declaration, at)
        if token is None:
            raise ValueError(f"the header {declaration!r} cannot be read from {declaration[at:]!r} on")
        at = token.end()
        if token["open"]:
            stack.append([()])
        elif token["close"]:
            group = stack.pop()
            stack[-1] = [head + tail for head in stack[-1] for tail in [*group, ()]]
        elif token["mnemonic"]:
            node = mnemonic(token["mnemonic"])
            stack[-1] = [(*head, node) for head in stack[-1]]
    if len(stack) != 1:
        raise ValueError(f"the brackets of the header {declaration!r} do not match")
    return [sequence for sequence in stack[0] if sequence]


@dataclass
class _Node(Generic[T]):
    children: dict[str, _Node[T]] = field(default_factory=dict)
    suffixes: dict[str, int] = field(default_factory=dict)
    leaf: T | None = None


class HeaderTree(Generic[T]):
    """Finds what was declared for a header."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, declaration: str, leaf: T) -> None:
        """Declare a header.

        Raises:
            ValueError: one of its spellings is taken by another declaration.
        """
        for sequence in spellings(declaration):
            node = self._root
            for step in sequence:
                node = self._child(node, step)
            if node.leaf is not None and node.leaf is not leaf:
                raise ValueError(f"the header {declaration!r} has been declared twice")
            node.leaf = leaf

    def find(self, mnemonics: tuple[str, ...]) -> T:
        """Return the leaf for mnemonics in capitals.

        Raises:
            ScpiError: -113 (no such header) or -114 (its numeric suffix is out of range).
        """
        node = self._root
        for name in mnemonics:
            node = self._step(node, name)
        if node.leaf is None:
            raise ScpiError(-113)
        return node.leaf

    @staticmethod
    def _child(node: _Node[T], step: Mnemonic) -> _Node[T]:
        child: _Node[T] = node.children.get(step.short) or node.children.get(step.long) or _Node()
        for spelling in (step.short, step.long):
            node.children[spelling] = child
            node.suffixes[spelling] = max(step.largest_suffix, node.suffixes.get(spelling, 0))
        return child

    @staticmethod
    def _step(node: _Node[T], name: str) -> _Node[T]:
        child = node.children.get(name)
        if child is not None:
            return child
        suffixed = _SUFFIXED.fullmatch(name)
        if suffixed is None or suffixed[1] not in node.children:
            raise ScpiError(-113)
        if not 1 <= int(suffixed[2]) <= node.suffixes[suffixed[1]]:
            raise ScpiError(-114)
        return node.children[suffixed[1]]
