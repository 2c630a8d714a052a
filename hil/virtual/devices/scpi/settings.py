"""What is chosen per instrument of a bench: ratings, identity, accuracy of its meters, and faults."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Accuracy(BaseModel):
    """How an instrument's own meter errs: reading = (true * (1 + gain) + offset + noise), rounded to `resolution`.

    gain: relative. offset, noise (standard deviation), resolution (0: none): in the unit measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gain: float = 0.0
    offset: float = 0.0
    noise: float = Field(default=0.0, ge=0)
    resolution: float = Field(default=0.0, ge=0)


class InstrumentFaults(BaseModel):
    """Troubles that can be laid on one instrument. The defaults are a healthy instrument.

    hang_up_after: close the connection once this many more messages have arrived.
    late_by: seconds by which every answer is late.
    garbage: answers are noise.
    half_answer: answers stop in the middle and are not terminated.
    drop_in_answer: the connection closes in the middle of the answer.
    silent: messages are obeyed but not answered.
    overflow_reading: every measured value is 9.91E37.
    stuck_reading: measured values stay what they were.
    refuse_on: switching on is refused with an error, or silently.
    trip: the protection that `trip_at` and `trip_when_on` set off ("OVP", "OCP", ...).
    trip_at: bench time in seconds at which it trips.
    trip_when_on: it trips a moment after the output has been switched on.
    full_error_queue: the error queue is full of errors.
    wrong_identity: what *IDN? answers instead.
    local_lock: somebody has locked it at its front panel (EA).
    restart_at: bench time in seconds at which it restarts: output off, settings and connections lost.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    hang_up_after: int | None = Field(default=None, ge=0)
    late_by: float = Field(default=0.0, ge=0)
    garbage: bool = False
    half_answer: bool = False
    drop_in_answer: bool = False
    silent: bool = False
    overflow_reading: bool = False
    stuck_reading: bool = False
    refuse_on: Literal["no", "with error", "silently"] = "no"
    trip: str = "OVP"
    trip_at: float | None = Field(default=None, ge=0)
    trip_when_on: bool = False
    full_error_queue: bool = False
    wrong_identity: str | None = None
    local_lock: bool = False
    restart_at: float | None = Field(default=None, ge=0)


class InstrumentSettings(BaseModel):
    """One instrument of a bench.

    nominal_voltage, nominal_current, nominal_power: ratings in V, A, W; both quadrants of a bidirectional supply.
    largest_resistance: largest series or load resistance in ohm (None: four times nominal voltage over current).
    measures: what a multimeter is wired for; an ammeter's shunt or transducer carries `nominal_current`.
    maker, model, serial, firmware: for *IDN?; None takes the personality's.
    quirks: figures that differ from the personality's, by their names in `Quirks`.
    """

    model_config = ConfigDict(extra="forbid")

    nominal_voltage: float = Field(default=80.0, gt=0)
    nominal_current: float = Field(default=120.0, gt=0)
    nominal_power: float = Field(default=5000.0, gt=0)
    largest_resistance: float | None = Field(default=None, gt=0)
    measures: Literal["V", "A"] = "V"
    maker: str | None = None
    model: str | None = None
    serial: str = "1"
    firmware: str | None = None
    voltage_accuracy: Accuracy = Accuracy()
    current_accuracy: Accuracy = Accuracy()
    quirks: dict[str, Any] = Field(default_factory=dict)
    faults: InstrumentFaults = Field(default_factory=InstrumentFaults)
