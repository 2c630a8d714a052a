"""What every instrument has: identity, error queue, status registers, pending operations, faults."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import simpy
from simpy.events import Event

from hil.virtual.devices.scpi.errors import ErrorQueue, ScpiError
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.settings import InstrumentSettings
from hil.virtual.devices.scpi.status import OPERATION_COMPLETE, StatusRegisters


@dataclass(frozen=True)
class Identity:
    """The defaults of *IDN? and the form of its answer."""

    maker: str
    model: str
    firmware: str
    form: str = "{maker},{model},{serial},{firmware}"


@dataclass(frozen=True)
class Conventions:
    """How a personality writes what it answers.

    number: formats a plain value; the second argument is its unit.
    boolean: the words for False and True.
    no_error: the number 0 of an empty error queue as written.
    """

    number: Callable[[float, str, InstrumentSettings], str]
    boolean: tuple[str, str] = ("0", "1")
    no_error: str = "0"


@dataclass
class Surroundings:
    """What an instrument is built into."""

    environment: simpy.Environment
    settings: InstrumentSettings
    quirks: Quirks
    rng: random.Random
    bring_up_to_date: Callable[[], None] = field(default=lambda: None)


class Core:
    """State common to all instruments; power instruments and meters add theirs."""

    registers: tuple[str, ...] = ("OPERation", "QUEStionable")

    def __init__(self, around: Surroundings, identity: Identity, conventions: Conventions) -> None:
        self.environment = around.environment
        self.settings = around.settings
        self.quirks = around.quirks
        self.rng = around.rng
        self.bring_up_to_date = around.bring_up_to_date
        self.identity = identity
        self.conventions = conventions
        self.faults = around.settings.faults.model_copy()
        self.errors = ErrorQueue(around.quirks.error_depth)
        self.status = StatusRegisters(self.registers)
        self.errors_noted = around.quirks.errors_noted
        self.pending: Event | None = None
        self.reports_completion = False
        self.restarts = 0
        self.restarted: Callable[[], None] = lambda: None

    def identify(self) -> str:
        """Return the answer to *IDN?."""
        if self.faults.wrong_identity is not None:
            return self.faults.wrong_identity
        settings, identity = self.settings, self.identity
        return identity.form.format(
            maker=settings.maker or identity.maker,
            model=settings.model or identity.model,
            serial=settings.serial,
            firmware=settings.firmware or identity.firmware,
        )

    def note(self, error: ScpiError) -> None:
        """Set the event bit of an error, and queue it unless queueing has yet to be enabled."""
        self.status.event |= error.event_bit
        if self.errors_noted:
            self.errors.push(error)

    def error_entry(self, error: ScpiError) -> str:
        """Return a queue entry as SYSTem:ERRor? answers it."""
        number = self.conventions.no_error if error.number == 0 else f"{error.number:+d}"
        return f'{number},"{error.text}"'

    def begin(self) -> None:
        """Note an overlapped operation that *OPC, *OPC? and *WAI wait for."""
        self.pending = self.environment.event()

    def finish(self) -> None:
        """Note that the overlapped operation, if there is one, is over."""
        operation, self.pending = self.pending, None
        if operation is not None:
            operation.succeed()
        if self.reports_completion:
            self.reports_completion = False
            self.status.event |= OPERATION_COMPLETE

    def conditions(self) -> Mapping[str, int]:
        """Return the present condition of each status register."""
        return {}

    def look_at_conditions(self) -> None:
        """Bring the status registers up to date."""
        for name, condition in self.conditions().items():
            self.status.registers[name].update(condition)

    def error_read(self) -> None:
        """Do what reading the error queue does besides: nothing, for most."""

    def message_arrived(self) -> None:
        """Take note of a message, whatever it says: it feeds a communication watchdog."""

    def reset(self) -> None:
        """Do what *RST does."""

    def restart(self) -> None:
        """Lose everything, as after a power cut."""
        self.restarts += 1
        self.errors_noted = self.quirks.errors_noted
        self.errors.clear()
        self.status = StatusRegisters(self.registers)
        self.pending = None
        self.power_on()
        self.restarted()

    def power_on(self) -> None:
        """Take the state of an instrument that has just been switched on at its mains switch."""
        self.reset()

    def trip(self, reason: str) -> None:
        """Trip a protection; instruments without terminals that carry power have none."""
