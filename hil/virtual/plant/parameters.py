"""The parameters of the whole plant, as they stand in a file of benches/plants/."""

from __future__ import annotations

from enum import Enum

from pydantic import Field, PositiveFloat, model_validator

from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.strict import Strict


class Side(Enum):
    """The two nodes an instrument can be wired to."""

    BATTERY = "battery"
    GRID = "grid"


class StageKind(Enum):
    """Which quadrants an instrument has."""

    SUPPLY = "supply"
    BIDIRECTIONAL = "bidirectional"
    LOAD = "load"


class Numerics(Strict):
    """How the plant is integrated."""

    step: PositiveFloat
    """Step while something moves, s."""
    longest_step: PositiveFloat
    """Longest step while things move slowly, s."""
    longest_rest: PositiveFloat
    """Longest step in equilibrium, where only temperatures move, s."""
    voltage_change: PositiveFloat
    """Largest change of a node voltage per step, relative to the side's nominal voltage, that is still slow."""
    current_change: PositiveFloat
    """Largest change of the grid current per step that is still slow, A."""


class NodeParameters(Strict):
    """One of the two nodes, between the instruments' cables and the converter."""

    nominal_voltage: PositiveFloat
    """Nominal voltage, V. Scales tolerances only."""
    capacitance: PositiveFloat
    """Capacitance of the wiring and of whatever else is connected, without instruments and converters, F."""
    bleeder_resistance: PositiveFloat
    """Resistance that empties the node, ohm."""
    initial_voltage: float = Field(ge=0)
    """Voltage at the start, V."""


class Wiring(Enum):
    """How an instrument is wired to its node.

    Reversed leads: what sources drives its current through the diodes at the node's far end, which it cannot lift; a
    load's own diodes hold the node down. Sense leads that are open or reversed: a source finds no voltage, whatever it
    gives, and gives all it has.
    """

    RIGHT = "right"
    REVERSED = "reversed"
    SENSE_OPEN = "sense open"
    SENSE_REVERSED = "sense reversed"


class StageParameters(Strict):
    """The power stage of one instrument."""

    side: Side
    """The node it is wired to."""
    kind: StageKind
    """Which quadrants it has."""
    rated_voltage: PositiveFloat
    """Largest voltage it can be set to, V."""
    rated_current: PositiveFloat
    """Largest current in each direction it has, A."""
    rated_power: PositiveFloat
    """Largest power in each direction it has, W."""
    cable_resistance: PositiveFloat
    """Resistance of both conductors from its terminals to the node, ohm."""
    output_capacitance: float = Field(ge=0)
    """Capacitance across its terminals, also while it is off, F."""
    bleeder_resistance: PositiveFloat
    """Resistance across its terminals, also while it is off, ohm."""
    slew: PositiveFloat
    """Fastest change of its voltage reference, V/s."""
    protection_delay: float = Field(ge=0)
    """Time a threshold must be exceeded before it trips, s."""
    wiring: Wiring = Wiring.RIGHT
    """How its leads are connected."""


class ForeignParameters(Strict):
    """A stiff source somewhere else on the grid."""

    resistance: PositiveFloat
    """Resistance to the grid node, ohm."""
    current_limit: PositiveFloat
    """Current it gives or takes at most, A."""


class PeerParameters(Strict):
    """A second converter on the grid, on a battery of its own."""

    fitted: bool = False
    """Whether there is one."""
    battery_voltage: PositiveFloat
    """Open-circuit voltage of its battery, V."""
    battery_resistance: PositiveFloat
    """Resistance of its battery and cable, ohm."""
    converter: ConverterParameters | None = None
    """What it is like; None: as the first one, without its faults."""


class PlantParameters(Strict):
    """Everything the plant is made of."""

    numerics: Numerics
    battery: NodeParameters
    grid: NodeParameters
    stages: dict[str, StageParameters]
    """Instruments by name."""
    foreign_source: ForeignParameters
    converter: ConverterParameters
    peer: PeerParameters

    @model_validator(mode="after")
    def _names_can_be_probed(self) -> PlantParameters:
        reserved = {"battery_voltage", "battery_current", "grid_voltage", "grid_current", "temperature", "peer_current"}
        bad = [name for name in self.stages if "." in name or name in reserved]
        if bad:
            raise ValueError(f"a stage cannot be called {', '.join(bad)}: a name has no dot and is not that of a probe")
        return self
