"""What a picture of a trace shows beside its readings; kept with the trace, so that it can be drawn again."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

KEY = "drawing"
"""Key of the drawing in the identity of a trace file."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitLine(_Part):
    """A limit on one channel, throughout or between two bench times in seconds."""

    channel: str
    lower: float | None = None
    upper: float | None = None
    start: float | None = None
    end: float | None = None


class Point(_Part):
    """The point that decided the verdict: bench time in seconds, value in the channel's unit."""

    channel: str
    time: float
    value: float
    label: str = "decisive"


class Drawing(_Part):
    """What a picture shows beside the readings.

    targets: what was wanted, levels: what was waited for; per channel, in its unit. findings: sentences.
    """

    title: str
    channels: list[str] | None = None
    targets: dict[str, float] = Field(default_factory=dict)
    levels: dict[str, float] = Field(default_factory=dict)
    limits: list[LimitLine] = Field(default_factory=list)
    decisive: Point | None = None
    findings: list[str] = Field(default_factory=list)

    def text(self) -> str:
        """Return the drawing as it is kept in a trace file."""
        return self.model_dump_json(exclude_defaults=True)
