"""What supplies and loads share: switching, measuring, protections."""

from __future__ import annotations

from instruments.dialect import Switch
from instruments.errors import InstrumentRefused, NoAnswer, TransportLost
from instruments.grammar import read_integer, read_numbers, read_on_off
from instruments.kinds import Identity, LoadMode, OutputReadings
from instruments.reading import Reading
from instruments.scpi_instrument import ScpiInstrument
from instruments.transport import HUNG, Answer

UNITS = {"voltage": "V", "current": "A", "power": "W", "-": ""}


class PoweredInstrument(ScpiInstrument):
    """An instrument with terminals that carry power.

    ordered_on: what it was last told to be; a trip changes what it is, not what it was told.
    """

    ordered_on = False
    _last_sample = float("-inf")

    def require_usable(self) -> None:
        """Raise Unverified when anything that a bench needs to energise it, or to make it safe, may not be used.

        An instrument that was found out only when it must be switched off would leave its bench unproven.
        """
        rows, dialect = self.dialect.rows, self.dialect
        needed = {
            "remote lock": dialect.remote,
            "error queue": dialect.errors,
            "output switch": rows.output,
            "measurement": rows.measure,
            "voltage setting": rows.voltage,
            "current limit": rows.current,
            "sink current limit": rows.sink_current,
            "over-voltage protection": rows.overvoltage,
            "over-current protection": rows.overcurrent,
            "choice of what it regulates": rows.priority or rows.mode,
            "constant current": rows.levels.get(LoadMode.CURRENT),
        }
        for what, row in needed.items():
            if row is not None:
                self._use(row, what)

    def switch(self, on: bool) -> None:
        """Switch the output (or a load's input) and check that it obeyed.

        Switching off waits for no answer that does not come, and is repeated once when the link broke on the way or it
        is still on, whatever is known then; switching on never is.
        """
        row = self._use(self.dialect.rows.output, "output switch")
        commands = row.on if on else row.off
        self.ordered_on = on
        try:
            self._send(commands, check=row.query is None, urgent=not on)
        except TransportLost:
            if on:
                raise
            self._send(commands, check=False, urgent=True)
        if row.query is None:
            return
        obeyed = self._state(row) == on
        if not obeyed and not on:  # it may have left on a link that was dead without anybody knowing
            self._send(commands, check=False, urgent=True)
            obeyed = not self._state(row)
        if not obeyed:
            self.raise_errors()
            raise InstrumentRefused(
                f"{self.name}: after {'; '.join(commands)!r} its output is still {'off' if on else 'on'}. "
                "Is a protection tripped, an interlock open or the front panel locked?"
            )
        self._checked(commands)

    def switch_off_unheard(self) -> None:
        """Send what switches the output off and ask nothing: for whoever has no time to know what became of it."""
        remote, row = self.dialect.remote, self._use(self.dialect.rows.output, "output switch")
        self.ordered_on = False
        self._send((*(remote.take if remote is not None else ()), *row.off), check=False, urgent=True)

    def identify_or_switch_off(self) -> Identity | None:
        """Ask who it is; switch it off past the question and return None when the answer does not come at once."""
        try:
            return self._ask_identity(HUNG)
        except NoAnswer:
            self.switch_off_unheard()
            return None

    def is_on(self) -> bool:
        """Ask whether the output (or a load's input) is on."""
        return self._state(self._use(self.dialect.rows.output, "output switch"))

    def _state(self, row: Switch) -> bool:
        if row.query is None:
            raise InstrumentRefused(f"{self.name}: {self.dialect.title} cannot tell whether its output is on.")
        text, source = self._link.query(row.query).text, f"{self.name}, {row.query}"
        return read_on_off(text, source) if row.bit is None else bool(read_integer(text, source) >> row.bit & 1)

    def measure(self) -> OutputReadings:
        """Measure terminal voltage and current, in one round trip where the dialect has one."""
        row = self._use(self.dialect.rows.measure, "measurement")
        source = f"{self.name}, {'; '.join(row.query)}"
        values: dict[str, tuple[float, Answer]] = {}
        if len(row.query) == 1:
            answer = self._link.query(row.query[0])
            numbers = read_numbers(answer.text, tuple(UNITS[field] for field in row.fields), row.separator, source)
            values = {field: (number, answer) for field, number in zip(row.fields, numbers, strict=True)}
        else:
            for query, field in zip(row.query, row.fields, strict=True):
                answer = self._link.query(query)
                values[field] = (read_numbers(answer.text, (UNITS[field],), row.separator, source)[0], answer)
        voltage, current = values["voltage"], values["current"]
        fresh = self._is_fresh(voltage[1].start)
        sign = -1.0 if self.dialect.sink_reads == "positive" else 1.0
        readings = OutputReadings(
            Reading(voltage[0], "V", voltage[1].start, voltage[1].end, fresh),
            Reading(sign * current[0], "A", current[1].start, current[1].end, fresh),
        )
        self._tell(readings.voltage, readings.current)
        return readings

    def _is_fresh(self, time: float) -> bool:
        """Tell whether the instrument can have taken a new sample since the last one that counted as new."""
        fresh = time - self._last_sample >= self.dialect.freshness
        if fresh:
            self._last_sample = time
        return fresh

    def set_overvoltage_protection(self, volts: float) -> None:
        """Program the instrument's own over-voltage trip and read it back."""
        row = self._use(self.dialect.rows.overvoltage, "over-voltage protection")
        self._program(row, "over-voltage protection", volts, "V", confirm=True)

    def set_overcurrent_protection(self, amperes: float) -> None:
        """Program the instrument's own over-current trip, in both directions, and read it back."""
        row = self._use(self.dialect.rows.overcurrent, "over-current protection")
        self._program(row, "over-current protection", amperes, "A", confirm=True)
        sink = self.dialect.rows.sink_overcurrent
        if sink is not None:
            self._program(
                self._use(sink, "sink over-current protection"), "sink over-current protection", amperes, "A", True
            )

    def limit_voltage_slew(self, volts_per_second: float) -> None:
        """Program how fast the voltage may change and read it back. Raises NotProvided where it cannot."""
        row = self._use(self.dialect.rows.voltage_slew, "voltage slew rate")
        self._program(row, "voltage slew rate", volts_per_second, "V/s", confirm=True)

    def limit_current_slew(self, amperes_per_second: float) -> None:
        """Program how fast the current may change and read it back. Raises NotProvided where it cannot."""
        row = self._use(self.dialect.rows.current_slew, "current slew rate")
        self._program(row, "current slew rate", amperes_per_second, "A/s", confirm=True)

    def clear_protection(self) -> None:
        """Acknowledge a trip. The output is switched off first: some instruments restore it on clearing."""
        row = self._use(self.dialect.rows.clear_protection, "way to acknowledge a trip")
        self.switch(False)
        self._send(row.send, check=False)
