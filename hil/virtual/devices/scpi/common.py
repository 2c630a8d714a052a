"""The commands that every instrument has: IEEE 488.2 common commands, SYSTem:ERRor, STATus."""

from __future__ import annotations

from collections.abc import Iterator

from hil.virtual.devices.scpi.command import Command, Handler, Response, Slow
from hil.virtual.devices.scpi.core import Core
from hil.virtual.devices.scpi.parameters import Integer
from hil.virtual.devices.scpi.status import OPERATION_COMPLETE, Register

_BYTE = Integer(0, 255)
_WORD = Integer(0, 65535)


def clear_status(core: Core) -> None:
    """*CLS: forget events and errors."""
    core.status.clear()
    core.errors.clear()
    core.reports_completion = False


def set_event_enable(core: Core, mask: float) -> None:
    """*ESE."""
    core.status.event_enable = int(mask)


def set_service_enable(core: Core, mask: float) -> None:
    """*SRE: bit 6 cannot be enabled."""
    core.status.service_enable = int(mask) & 0xBF


def read_event(core: Core) -> str:
    """*ESR?: reading clears."""
    event, core.status.event = core.status.event, 0
    return str(event)


def read_status_byte(core: Core) -> str:
    """*STB?."""
    core.look_at_conditions()
    return str(core.status.byte(len(core.errors)))


def complete(core: Core) -> None:
    """*OPC: set the event bit when nothing is pending any more."""
    if core.pending is None:
        core.status.event |= OPERATION_COMPLETE
    else:
        core.reports_completion = True


def _when_complete(core: Core, answer: str | None) -> Slow:
    while core.pending is not None:
        yield core.pending
    return answer


def ask_complete(core: Core) -> Response:
    """*OPC?: answer 1 when nothing is pending any more."""
    return "1" if core.pending is None else _when_complete(core, "1")


def wait(core: Core) -> Response:
    """*WAI: go on when nothing is pending any more."""
    return None if core.pending is None else _when_complete(core, None)


def reset(core: Core) -> None:
    """*RST."""
    core.reset()


def next_error(core: Core) -> str:
    """SYSTem:ERRor?: the oldest entry."""
    entry = core.error_entry(core.errors.pop())
    core.error_read()
    return entry


def all_errors(core: Core) -> str:
    """SYSTem:ERRor:ALL?: every entry, oldest first."""
    entries = [core.error_entry(core.errors.pop())]
    while len(core.errors):
        entries.append(core.error_entry(core.errors.pop()))
    core.error_read()
    return ",".join(entries)


COMMON: tuple[Command, ...] = (
    Command("*CLS", clear_status),
    Command("*ESE", set_event_enable, (_BYTE,)),
    Command("*ESE?", lambda core: str(core.status.event_enable)),
    Command("*ESR?", read_event),
    Command("*IDN?", lambda core: core.identify()),
    Command("*OPC", complete),
    Command("*OPC?", ask_complete),
    Command("*RST", reset),
    Command("*SRE", set_service_enable, (_BYTE,)),
    Command("*SRE?", lambda core: str(core.status.service_enable)),
    Command("*STB?", read_status_byte),
    Command("*TST?", lambda _core: "0"),
    Command("*WAI", wait),
    Command("SYSTem:ERRor[:NEXT]?", next_error),
    Command("SYSTem:ERRor:ALL?", all_errors),
    Command("SYSTem:ERRor:COUNt?", lambda core: str(len(core.errors))),
    Command("SYSTem:VERSion?", lambda _core: "1999.0"),
)


def preset(core: Core) -> None:
    """STATus:PRESet."""
    for register in core.status.registers.values():
        register.preset()


def _reader(name: str, read: str) -> Handler:
    def answer(core: Core) -> str:
        core.look_at_conditions()
        register = core.status.registers[name]
        return str(register.read_event() if read == "event" else getattr(register, read))

    return answer


def _writer(name: str, attribute: str) -> Handler:
    def write(core: Core, mask: float) -> None:
        register: Register = core.status.registers[name]
        setattr(register, attribute, int(mask) & 0x7FFF)

    return write


def status_commands(names: tuple[str, ...]) -> Iterator[Command]:
    """Yield STATus commands for each of the registers named (as declared, "QUEStionable")."""
    yield Command("STATus:PRESet", preset)
    for name in names:
        yield Command(f"STATus:{name}[:EVENt]?", _reader(name, "event"))
        yield Command(f"STATus:{name}:CONDition?", _reader(name, "condition"))
        for node, attribute in (("ENABle", "enable"), ("PTRansition", "positive"), ("NTRansition", "negative")):
            yield Command(f"STATus:{name}:{node}", _writer(name, attribute), (_WORD,))
            yield Command(f"STATus:{name}:{node}?", _reader(name, attribute))
