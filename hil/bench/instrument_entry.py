"""One instrument of a bench file: what it is, where it answers, its limits, accuracy and calibration."""

from __future__ import annotations

import datetime
import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator
from pyvisa.rname import InvalidResourceName, parse_resource_name

from instruments.manual import DIALECT
from instruments.pymeasure_adapter import AttributeNames

EXAMPLE_DRIVER = "pymeasure.instruments.keysight.KeysightN5767A"


class Strict(BaseModel):
    """A table in which unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Calibration(Strict):
    """The certificate of one instrument."""

    certificate: str = ""
    due: datetime.date | None = None
    laboratory: str = ""


class Accuracy(Strict):
    """Limits of error of one measured quantity: percent of reading plus a fixed part in its unit."""

    percent: NonNegativeFloat = 0.0
    offset: NonNegativeFloat = 0.0


class PyMeasureEntry(AttributeNames):
    """A supply behind a driver of PyMeasure, with the dialect "pymeasure": `pip install apis-hil[pymeasure]`.

    driver: import path of its class. The others: what this driver calls its properties ("ch_1.voltage" for those of a
    channel); overvoltage and overcurrent are left out where it has none. output_on, output_off: its methods that
    switch, where the property output can only be read.
    """

    driver: str

    @field_validator("driver")
    @classmethod
    def _is_a_path(cls, driver: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][\w.]*\.[A-Za-z_]\w*", driver):
            raise ValueError(f"a driver is the import path of a class, {EXAMPLE_DRIVER!r}, not {driver!r}")
        return driver


class InstrumentEntry(Strict):
    """One instrument of the bench.

    address: VISA resource string, or a host name alone; none with the dialect "manual", which asks a person. idn: text
    that its *IDN? must contain. allow_unverified: let rows of the dialect drive it that no manual confirms. channel:
    which of its outputs. baud: of a serial line, where it is not the dialect's. unit, scale, measuring_range,
    aperture_s: of meters. shunt_ohm: of an ammeter that measures the voltage of a shunt. buffered: a meter may sample
    by itself during captures, into its memory; of the Keysight meters only 34465A and 34470A can.
    """

    kind: Literal["supply", "load", "bidirectional", "meter"]
    dialect: str
    address: str = ""
    idn: str = ""
    allow_unverified: bool = False
    channel: int = Field(default=1, ge=1)
    baud: int | None = Field(default=None, ge=300)
    timeout_s: float = Field(default=2.0, gt=0, le=60)
    max_voltage_v: PositiveFloat | None = None
    max_current_a: PositiveFloat | None = None
    max_sink_current_a: PositiveFloat | None = None
    max_power_w: PositiveFloat | None = None
    unit: Literal["V", "A"] = "V"
    scale: float = 1.0
    measuring_range: PositiveFloat | None = None
    aperture_s: PositiveFloat | None = None
    shunt_ohm: PositiveFloat | None = None
    buffered: bool = False
    pymeasure: PyMeasureEntry | None = None
    voltage: Accuracy = Accuracy()
    current: Accuracy = Accuracy()
    calibration: Calibration = Calibration()

    @property
    def by_hand(self) -> bool:
        """Tell whether a person operates it."""
        return self.dialect == DIALECT

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if "::" in address:
            try:
                parse_resource_name(address)
            except InvalidResourceName as error:
                raise ValueError(
                    f"{address!r} is not a VISA resource string: {' '.join(str(error).split())}"
                ) from error
        elif address and not re.fullmatch(r"(virtual:)?[\w.-]+", address):
            raise ValueError(
                f"{address!r} is neither a VISA resource string nor a host name alone; with a port it is "
                "'TCPIP::192.0.2.10::5025::SOCKET'"
            )
        return address

    @field_validator("scale")
    @classmethod
    def _scales(cls, scale: float) -> float:
        if scale == 0.0:
            raise ValueError("a scale of 0 would make every reading 0")
        return scale

    @model_validator(mode="after")
    def _only_meters_measure(self) -> Self:
        told = [
            key
            for key in ("unit", "scale", "measuring_range", "aperture_s", "shunt_ohm", "buffered")
            if key in self.model_fields_set
        ]
        if self.kind != "meter" and told:
            raise ValueError(f"{told[0]} is for meters, and this is a {self.kind}")
        return self

    @model_validator(mode="after")
    def _somebody_or_something_answers(self) -> Self:
        if self.by_hand and self.kind == "bidirectional":
            raise ValueError('with the dialect "manual" an instrument can be a supply, a load or a meter')
        if self.by_hand and self.address:
            raise ValueError('an instrument with the dialect "manual" has no address: a person operates it')
        if not self.by_hand and not self.address:
            raise ValueError("address is missing: a VISA resource string, or a host name alone")
        return self

    @model_validator(mode="after")
    def _pymeasure_has_a_driver(self) -> Self:
        if (self.dialect == "pymeasure") != (self.pymeasure is not None):
            raise ValueError('dialect = "pymeasure" and the table pymeasure with its driver belong together')
        if self.pymeasure is not None and self.kind != "supply":
            raise ValueError(f"through PyMeasure an instrument can be a supply, not a {self.kind}")
        return self
