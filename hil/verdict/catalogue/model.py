"""What a requirement consists of, and how its file is checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

ProfileName = Literal["smoke", "nightly", "acceptance", "qualification"]
PROFILES: tuple[ProfileName, ...] = ("smoke", "nightly", "acceptance", "qualification")

GROUPS = {
    "COM": "communication and schema",
    "BAT": "battery system",
    "MOD": "mode transitions",
    "SPD": "control speed",
    "STW": "stop window and control power",
    "ZVS": "start from zero volts",
    "CVD": "voltage regulation, droop, hand-over",
    "CCA": "current accuracy",
    "PRT": "protection",
    "CFG": "configuration values",
    "ENV": "computer and communication line",
}


class Need(Enum):
    """What must be there to decide a requirement; the first six are the roles of instruments on a bench."""

    BATTERY_SOURCE = "battery_source"
    BATTERY_SINK = "battery_sink"
    GRID_SOURCE = "grid_source"
    GRID_SINK = "grid_sink"
    GRID_VOLTMETER = "grid_voltmeter"
    GRID_AMMETER = "grid_ammeter"
    CONVERTER = "converter"
    BMS = "bms"
    PEER = "peer"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Limit:
    """A limit with numbers: lower and upper in `unit` (None = open), and where they come from."""

    lower: float | None
    upper: float | None
    unit: str
    source: str


class LimitRow(BaseModel):
    """A limit as the catalogue states it: numbers or formulas over policy, hwconfig and dut.

    quantity: what is measured, in words. target: reported, does not decide the requirement. optional: some units or
    benches give nothing to measure here; then the requirement does not wait for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quantity: str
    unit: str
    lower: float | str | None = None
    upper: float | str | None = None
    source: str
    target: bool = False
    optional: bool = False

    def sentence(self) -> str:
        """Return the limit as stated, for example "grid voltage minus dvg: -4 ... 4 V"."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.lower is None and self.upper is None:
            return f"{self.quantity}: reported"
        if self.lower is None:
            return f"{self.quantity}: at most {self.upper}{unit}"
        if self.upper is None:
            return f"{self.quantity}: at least {self.lower}{unit}"
        return f"{self.quantity}: {self.lower} ... {self.upper}{unit}"

    @property
    def decides(self) -> bool:
        """Tell whether the requirement cannot pass without a measurement of this."""
        return not (self.target or self.optional or (self.lower is None and self.upper is None))


class Requirement(BaseModel):
    """One requirement. `kind` is its class: H, S, T or a combination; repetitions and dwell (s) are per profile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{3}-\d\d$")
    kind: Literal["H", "S", "T", "H/S", "S/H", "S/T"] = Field(alias="class")
    title: str
    statement: str
    source: tuple[str, ...] = Field(min_length=1)
    method: str
    needs: tuple[Need, ...] = Field(min_length=1)
    limits: dict[str, LimitRow] = Field(min_length=1)
    repetitions: dict[ProfileName, int]
    dwell: dict[ProfileName, float] = Field(default_factory=dict)

    @field_validator("repetitions")
    @classmethod
    def _every_profile(cls, value: dict[ProfileName, int]) -> dict[ProfileName, int]:
        if set(value) != set(PROFILES) or any(count < 0 for count in value.values()):
            raise ValueError(f"needs one count of 0 or more for each of {', '.join(PROFILES)}")
        return value

    @property
    def group(self) -> str:
        """Return the three letters before the number."""
        return self.id.split("-")[0]

    @property
    def decides(self) -> bool:
        """Tell whether it decides a run: everything but a pure target (class T) does."""
        return self.kind != "T"
