"""The bench file: what is wired to what, with which limits, calibrated until when."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, model_validator

from hil import tomlfile
from hil.battery import EmulatorSettings, PackSettings, PairSettings
from hil.bench.instrument_entry import Accuracy, Calibration, InstrumentEntry, PyMeasureEntry, Strict
from hil.errors import BadInput
from hil.grid import GridSettings
from instruments.dialect import load_dialect

__all__ = ["Accuracy", "BenchFile", "Calibration", "InstrumentEntry", "PyMeasureEntry", "Role", "Strict", "load"]

Table = TypeVar("Table", bound=BaseModel)


class Role(Enum):
    """What an instrument is for on a bench."""

    BATTERY_SOURCE = "battery_source"
    BATTERY_SINK = "battery_sink"
    GRID_SOURCE = "grid_source"
    GRID_SINK = "grid_sink"
    GRID_VOLTMETER = "grid_voltmeter"
    GRID_AMMETER = "grid_ammeter"


METERS = (Role.GRID_VOLTMETER, Role.GRID_AMMETER)
"""Roles of what only measures."""


class Laboratory(Strict):
    """Who runs the bench, where and for whom; printed in the report.

    location: where the bench stands. wiring: sense points, cables and shunts in words, or the number of the drawing.
    deviations: what is done differently from the procedure, one sentence each.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    location: str = ""
    wiring: str = ""
    customer: str = ""
    customer_address: str = ""
    customer_contact: str = ""
    deviations: list[str] = Field(default_factory=list)
    operator: str = ""
    ambient_temperature_c: float | None = None
    humidity_percent: float | None = None


class BenchLimits(Strict):
    """What no set-point on this bench may exceed, whoever sends it. Volts, amperes, watts, watt hours.

    energy_wh: net energy that may leave or enter one instrument in a run, also one that is interrupted and continued.
    dwell_s: seconds for which a measured voltage, current or power may lie above its limit before the supervisor stops
    the run. temperature_c: highest the converter may report, °C.
    voltage_slew_v_s, current_slew_a_s: fastest slew rate that may be programmed, V/s and A/s; instruments that have a
    setting for it are programmed with it, of others nothing is known. None: not limited.
    touch_safe_v: terminals below this may be touched; the safe state is proven against it.
    """

    battery_voltage_v: PositiveFloat
    battery_current_a: PositiveFloat
    grid_voltage_v: PositiveFloat
    grid_current_a: PositiveFloat
    power_w: PositiveFloat
    voltage_slew_v_s: PositiveFloat | None = None
    current_slew_a_s: PositiveFloat | None = None
    energy_wh: PositiveFloat = 20_000.0
    dwell_s: NonNegativeFloat = 0.0
    temperature_c: float | None = None
    touch_safe_v: PositiveFloat = 60.0


class DriverEntry(Strict):
    """Where the driver's Web API answers.

    powered_by: "battery" when the driver's board has no supply of its own; then it is asked who it is only after
    the battery has come up.
    restart_command: program and arguments that restart the driver and nothing else, for example ["ssh", "unit",
    "systemctl", "restart", "dcdc-driver"]. restart_path: path of the Web API that does the same, for a driver that has
    one. Without either, what needs a restart is not assessed.
    """

    url: str
    timeout_s: PositiveFloat = 5.0
    powered_by: Literal["own", "battery"] = "own"
    restart_command: tuple[str, ...] = ()
    restart_path: str = Field(default="", pattern="^(/.*)?$")


class PeerEntry(Strict):
    """A second unit on the same grid, known to be good, as the partner in hand-over; it fills the role *peer*.

    url: of its driver's Web API. max_voltage_v, max_current_a: its set-points stay within these, and within those of
    the unit under test.
    """

    url: str
    timeout_s: PositiveFloat = 5.0
    max_voltage_v: PositiveFloat | None = None
    max_current_a: PositiveFloat | None = None


class BmsEntry(Strict):
    """The serial line on which the harness answers as the battery's BMS. unit: Modbus address, any by default."""

    port: str
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    unit: int | None = None


class VirtualEntry(BaseModel):
    """Marks a virtual bench. Everything else in this table is read by the virtual bench itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    speed: Literal["stepped", "realtime"] = "stepped"
    seed: int = 1


class InterlockEntry(Strict):
    """An emergency stop: a contact between RTS and an input line of a serial port, closed while all is well."""

    port: str
    line: Literal["cts", "dsr", "cd", "ri"] = "cts"


class SafetyEntry(Strict):
    """How trouble is noticed, and how fast. Times in seconds.

    freeze_s: silence of the test process after which the guard acts. watchdog_s: the instruments' own communication
    watchdogs, where the dialect has one; by default four looks of the supervisor, at least one second. period_s: the
    supervisor's look at every terminal. stale_s: an instrument without a new reading for so long ends the run.
    unanswered_s: so does one that leaves a question open for so long, and for five times as long as it lately took.
    margin: fraction by which a measured value may lie above the limit of its set-point (accuracy, overshoot).
    """

    freeze_s: PositiveFloat = 0.5
    watchdog_s: PositiveFloat | None = None
    period_s: PositiveFloat = 0.2
    stale_s: PositiveFloat = 1.5
    unanswered_s: PositiveFloat = 0.25
    margin: NonNegativeFloat = 0.05
    interlock: InterlockEntry | None = None

    @property
    def watchdog(self) -> float:
        """Return the time after which an instrument that hears nothing is to switch itself off."""
        return self.watchdog_s or max(1.0, 4.0 * self.period_s)


class BenchHeader(Strict):
    """Name and identity of the bench, and the device on it."""

    name: str
    identity: str
    dut: Path
    policy: Path
    hwconfig: Path


class BenchFile(Strict):
    """A whole bench file."""

    bench: BenchHeader
    laboratory: Laboratory = Laboratory()
    limits: BenchLimits
    instruments: dict[str, InstrumentEntry]
    roles: dict[Role, str]
    driver: DriverEntry
    peer: PeerEntry | None = None
    bms: BmsEntry
    battery: PackSettings = PackSettings()
    emulator: EmulatorSettings = EmulatorSettings()
    pair: PairSettings = PairSettings()
    grid: GridSettings = GridSettings()
    safety: SafetyEntry = SafetyEntry()
    virtual: VirtualEntry | None = None

    @model_validator(mode="after")
    def _roles_name_instruments(self) -> Self:
        for role, name in self.roles.items():
            if name not in self.instruments:
                known = ", ".join(self.instruments)
                raise ValueError(f"role '{role.value}' names instrument '{name}', and there are only: {known}")
            _fits(role, name, self.instruments[name])
        return self

    @property
    def assessing(self) -> dict[Role, str]:
        """Return the roles that take part in tests: a meter that a person reads cannot follow what happens."""
        return {role: name for role, name in self.roles.items() if not (role in METERS and self._by_hand(role))}

    @property
    def hands(self) -> tuple[str, ...]:
        """Return the instruments with power at their terminals that a person switches."""
        return tuple(name for name in self.by_hand if self.instruments[name].kind != "meter")

    @property
    def by_hand(self) -> tuple[str, ...]:
        """Return the instruments that a person operates, meters too."""
        return tuple(name for name, entry in self.instruments.items() if entry.by_hand)

    def _by_hand(self, role: Role) -> bool:
        return role in self.roles and self.instruments[self.roles[role]].by_hand

    @model_validator(mode="after")
    def _no_person_is_the_only_witness(self) -> Self:
        for role in (Role.BATTERY_SOURCE, Role.BATTERY_SINK):
            if self._by_hand(role):
                raise ValueError(
                    f"role '{role.value}' cannot be filled by hand ('{self.roles[role]}'): the battery is set anew "
                    f"every {1e3 * self.emulator.period:g} ms"
                )
        for role in (Role.GRID_SOURCE, Role.GRID_SINK):
            for meter in METERS:
                if self._by_hand(role) and (meter not in self.roles or self._by_hand(meter)):
                    raise ValueError(
                        f"role '{role.value}' is filled by hand ('{self.roles[role]}'), so '{meter.value}' must be "
                        "an instrument that the program reads: nobody else notices what happens at the terminals"
                    )
        powered = {Role.GRID_SOURCE, Role.GRID_SINK} & self.roles.keys()
        if self._by_hand(Role.GRID_VOLTMETER) and not powered:
            raise ValueError(
                f"role 'grid_voltmeter' is filled by hand ('{self.roles[Role.GRID_VOLTMETER]}'), so the grid side "
                "needs a source or a sink that the program reads: the safe state is measured there"
            )
        return self

    @model_validator(mode="after")
    def _whoever_stands_apart_plays_no_part(self) -> Self:
        for name in self.hands:
            if name not in self.roles.values():
                raise ValueError(f"instruments.{name} is switched by hand and fills no role: leave it out")
        return self

    @model_validator(mode="after")
    def _a_person_lives_in_real_time(self) -> Self:
        if self.by_hand and self.virtual is not None and self.virtual.speed != "realtime":
            raise ValueError(
                f"a person operates '{self.by_hand[0]}', and stepped time waits for nobody: say speed = \"realtime\" "
                "in [virtual]"
            )
        return self

    @model_validator(mode="after")
    def _currents_of_two_units_can_be_told_apart(self) -> Self:
        if self.peer is not None and Role.GRID_AMMETER not in self.assessing:
            raise ValueError(
                "a bench with a [peer] needs a 'grid_ammeter': what source and sink measure may flow into either unit"
            )
        return self


def _fits(role: Role, name: str, entry: InstrumentEntry) -> None:
    kinds: dict[Role, tuple[str, ...]] = {
        Role.BATTERY_SOURCE: ("supply", "bidirectional"),
        Role.BATTERY_SINK: ("load", "bidirectional"),
        Role.GRID_SOURCE: ("supply", "bidirectional"),
        Role.GRID_SINK: ("load", "bidirectional"),
        Role.GRID_VOLTMETER: ("meter",),
        Role.GRID_AMMETER: ("meter",),
    }
    if entry.kind not in kinds[role]:
        raise ValueError(f"role '{role.value}' needs a {' or '.join(kinds[role])}, and '{name}' is a {entry.kind}")


def load(path: Path) -> BenchFile:
    """Read a bench file; paths in it are relative to it. Raises BadInput naming file, key and expectation."""
    bench = tomlfile.load(path, BenchFile)
    folder = path.resolve().parent
    return bench.model_copy(
        update={
            "instruments": {name: _spoken(path, name, entry) for name, entry in bench.instruments.items()},
            "battery": _beside(folder, bench.battery, "cell_table"),
            "emulator": _beside(folder, bench.emulator, "replay"),
        }
    )


def _spoken(path: Path, name: str, entry: InstrumentEntry) -> InstrumentEntry:
    """Return `entry` with the path of a dialect of its own taken from the bench file. Raises BadInput."""
    if entry.pymeasure is not None:
        return entry
    dialect = entry.dialect
    if dialect.endswith(".toml"):
        dialect = str(path.resolve().parent / dialect)
    try:
        load_dialect(dialect, entry.kind, entry.channel)
    except ValueError as error:
        raise BadInput(f"{path}: key 'instruments.{name}.dialect': {error}") from error
    return entry.model_copy(update={"dialect": dialect})


def _beside(folder: Path, table: Table, key: str) -> Table:
    """Return `table` with the path under `key` taken from `folder`, if it is relative."""
    given = getattr(table, key)
    return table if given is None else table.model_copy(update={key: folder / given})


def virtual_table(bench: BenchFile) -> dict[str, Any]:
    """Return the table that the virtual bench reads, or an empty one."""
    return bench.virtual.model_dump() if bench.virtual is not None else {}
