"""Commands as data: a header, the handler behind it and the parameters it takes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from simpy.events import Event

from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.parameters import ChannelList, Parameter, Value
from hil.virtual.devices.scpi.syntax import Data, Expression

_ONE_CHANNEL = ChannelList(1)

Slow = Generator[Event, Any, str | None]
"""A handler that takes bench time: a SimPy process whose value is the answer."""

Response = str | Slow | None
Handler = Callable[..., Response]
"""Called with the instrument and then the values of the parameters that were sent."""


@dataclass(frozen=True, eq=False, slots=True)
class Command:
    """One row of a command table.

    header: as declared in SCPI documents, "[SOURce]:VOLTage[:LEVel]"; a trailing "?" makes it the query.
    parameters: what it takes; the last `optional` of them may be left out.
    addressed: a channel list "(@1)" may follow the parameters; there is one channel.
    """

    header: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    optional: int = 0
    addressed: bool = False

    @property
    def query(self) -> bool:
        """Return whether this is a query."""
        return self.header.endswith("?")

    def convert(self, data: tuple[Data, ...]) -> tuple[Value, ...]:
        """Return the parameter values; raises ScpiError -108, -109 or what a parameter objects to."""
        if self.addressed and data and isinstance(data[-1], Expression):
            _ONE_CHANNEL.convert(data[-1])
            data = data[:-1]
        if len(data) > len(self.parameters):
            raise ScpiError(-108)
        if len(data) < len(self.parameters) - self.optional:
            raise ScpiError(-109)
        return tuple(parameter.convert(datum) for parameter, datum in zip(self.parameters, data, strict=False))
