"""From a message to its answer: looks the headers up, converts parameters, calls handlers, notes errors."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from simpy.events import Event

from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Core
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.headers import HeaderTree
from hil.virtual.devices.scpi.parameters import Value
from hil.virtual.devices.scpi.syntax import Unit, parse

LARGEST_CACHE = 1024
LONGEST_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Program:
    """A message made ready: its commands with their parameters, and the mistake that ends it, if any."""

    steps: tuple[tuple[Command, tuple[Value, ...]], ...]
    mistake: ScpiError | None
    queries: int

    @property
    def units(self) -> int:
        """Return the number of commands and queries in it."""
        return len(self.steps) + (self.mistake is not None)


def _refusing(error: ScpiError) -> Command:
    """Return a command that does nothing but fail, for well-formed parameters that cannot be obeyed."""

    def refuse(_core: Core) -> None:
        raise error

    return Command("", refuse)


class Interpreter:
    """Executes messages on one instrument."""

    def __init__(self, commands: Iterable[Command], compound_from_root: bool = False) -> None:
        self._from_root = compound_from_root
        self._trees: dict[bool, HeaderTree[Command]] = {False: HeaderTree(), True: HeaderTree()}
        self._programs: dict[bytes, Program] = {}
        self._headers: dict[tuple[tuple[str, ...], str, bool], tuple[Command, tuple[str, ...]]] = {}
        self._common: dict[tuple[str, bool], Command] = {}
        for command in commands:
            header = command.header.removesuffix("?")
            if header.startswith("*"):
                self._common[header, command.query] = command
            else:
                self._trees[command.query].add(header, command)

    def compile(self, message: bytes) -> Program:
        """Parse a message and find its commands. What was asked before is remembered."""
        program = self._programs.get(message)
        if program is None:
            program = self._compile(message.decode("latin-1"))
            if len(self._programs) >= LARGEST_CACHE:
                self._programs.clear()
            if len(message) <= LONGEST_REMEMBERED:
                self._programs[message] = program
        return program

    def _compile(self, text: str) -> Program:
        parsed = parse(text)
        steps: list[tuple[Command, tuple[Value, ...]]] = []
        path: tuple[str, ...] = ()
        mistake = parsed.mistake
        for unit in parsed.units:
            try:
                command, path = self._find(unit, path)
                steps.append((command, command.convert(unit.data)))
            except ScpiError as error:
                if error.is_command_error:
                    mistake = error
                    break
                steps.append((_refusing(error), ()))
        return Program(tuple(steps), mistake, sum(command.query for command, _ in steps))

    def _find(self, unit: Unit, path: tuple[str, ...]) -> tuple[Command, tuple[str, ...]]:
        """Return the command and the tree position after it: the header as sent without its last node."""
        if unit.header.startswith("*"):
            common = self._common.get((unit.header, unit.query))
            if common is None:
                raise ScpiError(-113)
            return common, path
        key = (path, unit.header, unit.query)
        found = self._headers.get(key)
        if found is None:
            absolute = unit.header.startswith(":")
            mnemonics = (() if absolute else path) + tuple(unit.header.removeprefix(":").split(":"))
            found = self._trees[unit.query].find(mnemonics), () if self._from_root else mnemonics[:-1]
            if len(self._headers) >= LARGEST_CACHE:
                self._headers.clear()
            self._headers[key] = found
        return found

    def execute(self, program: Program, core: Core) -> Generator[Event, Any, str | None]:
        """Run a program as part of a SimPy process; its value is the answer without terminator, None without query.

        A command error ends the message; other errors end only the command that caused them.
        """
        answers: list[str] = []
        for command, values in program.steps:
            try:
                response = command.handler(core, *values)
                if response is not None and not isinstance(response, str):
                    response = yield from response
                if response is not None:
                    answers.append(response)
            except ScpiError as error:
                core.note(error)
        if program.mistake is not None:
            core.note(program.mistake)
        return ";".join(answers) if answers else None
