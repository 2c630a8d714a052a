"""The ways in which a driver can be wrong. Every default is the right behaviour.

A *place* names a member of the answers by its dotted path ("meter.vg", "rsoc"), on every route, or on one only
("/dcdc/set:param.dig").
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SetPoint = Literal["mode", "dvg", "drg", "dig"]


class BusFault(BaseModel):
    """Trouble on the serial line between driver and converter."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field("*", description='number as in the protocol, as "4-4"; * is any')
    kind: Literal[
        "none", "silent", "late", "babble", "bad_checksum", "wrong_command", "wrong_size", "truncated", "refused"
    ]
    code: int = Field(0xFFFD, description="refused: the error code; wrong_size: the size that was expected, in bytes")
    late: float = Field(0.0, ge=0, description="late: added to the turnaround, babble: how long, s")
    times: int | None = Field(None, gt=0, description="how often it happens; none: always")


class AnswerFaults(BaseModel):
    """The form of the answers is wrong."""

    interface_version: str | float | None = Field(None, description='instead of "2.0"')
    version_key: str = Field("comm_interface_version", description="empty: the key is missing")
    all_get_nested: bool = Field(False, description="dcdc{} and battery{} instead of one flat object")
    missing: list[str] = Field([], description="places left out")
    null: list[str] = Field([], description="places that are null")
    as_text: list[str] = Field([], description="places whose numbers are quoted")
    as_number: list[str] = Field([], description='places whose texts are numbers (0x0014 becomes 20, "3" becomes 3)')
    not_a_number: list[str] = Field([], description="places that are the bare word NaN")
    json_error: Literal["none", "trailing_comma", "single_quotes", "truncated", "array", "empty", "html"] = "none"
    json_error_routes: list[str] = Field([], description="empty: all")
    errors_as_success: bool = Field(False, description="errors come with status 200")
    success_status: int = Field(200, ge=200, le=399, description="instead of 200; 3xx with a Location to the same URL")


class ValueFaults(BaseModel):
    """The values of the answers are wrong."""

    scale: dict[str, float] = Field({}, description="places times a factor: 0.001 for kV, -1 for a wrong sign")
    offset: dict[str, float] = Field({}, description="places plus an offset")
    stuck: dict[str, Any] = Field({}, description="places that never change from this value")
    glitch: dict[str, Any] = Field({}, description="places that show this value in every glitch_every-th answer")
    glitch_every: int = Field(1, ge=1)
    only_in_modes: list[str] = Field([], description="only an answer that shows one of these is wrong; empty: all")
    meters_held: float = Field(0.0, ge=0, description="meters are read only every so many seconds")
    meters_held_channels: list[str] = Field([], description="which of vg ig vb ib wg wb tmp; empty: all")
    state_held: float = Field(0.0, ge=0, description="mode, running state and alarm are read only every so many s")
    echo_previous: list[SetPoint] = Field([], description="a set is answered with the value from before it")
    echo_requested: list[SetPoint] = Field([], description="a set is answered with what was asked, corrected or not")
    frozen_when_lost: bool = Field(False, description="the last good answer when the converter is silent")


class StateFaults(BaseModel):
    """Modes and alarms are reported wrongly."""

    operation_mode_text: dict[str, str] = Field({}, description='by mode code: {"0x0041": "Heteronomy CV Charging"}')
    status_text: dict[str, str] = Field({}, description='by mode code: {"0x0014": "0x14"}')
    alarm_state_text: dict[str, str] = Field({}, description='{"Light alarm": "Heavy alarm"}')
    mode_lag: float = Field(0.0, ge=0, description="the old mode is shown for so many seconds after the set's answer")
    status_ahead: float = Field(0.0, ge=0, description="for so long status is new and operationMode old")
    answer_early: float = Field(0.0, ge=0, description="a set is answered so many seconds before it is carried out")
    answer_after_ramp: float = Field(0.0, ge=0, description="a mode is answered when vg is reached, at most after this")
    clear_alarm: Literal["works", "ignored", "refused"] = "works"


class TimingFaults(BaseModel):
    """Calls are slow."""

    slow_by: float = Field(0.0, ge=0, description="added to a call, s")
    slow_jitter: float = Field(0.0, ge=0, description="plus a random share of this, s")
    slow_every: int = Field(1, ge=1, description="only every n-th call")
    slow_routes: list[str] = Field([], description="empty: all")
    slower_each_call: float = Field(0.0, ge=0, description="added to each call for every call before it, s")
    pause_inside_set: float = Field(0.0, ge=0, description="between the commands of a set, s")


class TransportFaults(BaseModel):
    """Calls fail."""

    drop_every: int = Field(0, ge=0, description="every n-th call fails; 0: none")
    drop_how: Literal["status_400", "status_500", "reset", "hang", "half_answer"] = "status_500"
    drop_routes: list[str] = Field([], description="empty: all")
    drop_executed: bool = Field(False, description="the call is carried out, only its answer is lost")
    overlap: Literal["queued", "mixed_answers", "lost_commands", "errors", "refused"] = Field(
        "queued", description="what becomes of a call that arrives while another is being carried out"
    )


class CommandFaults(BaseModel):
    """Commands are understood or carried out wrongly."""

    refused_numbers: str | None = Field(None, description='regular expression: "[eE]" refuses 1.0E-4')
    refused_modes: str | None = Field(None, description="regular expression on the text of mode")
    refused_transitions: list[str] = Field([], description='"0x0014>0x0041": 400')
    refused_in_stop: list[SetPoint] = Field([], description="partial sets answered with 400 while in Stop")
    refuse_repeated_stop: bool = False
    refuse_stop_while_denied: bool = False
    read_decimals: int | None = Field(None, ge=0, description="digits after the point that it reads")
    exponent_ignored: bool = Field(False, description="1.0E-4 is read as 1.0")
    ignored: list[SetPoint] = Field([], description="acknowledged and not carried out")
    ignored_with_mode: list[SetPoint] = Field([], description="the same, only in a set that also has a mode")
    set_lost_every: int = Field(0, ge=0, description="every n-th partial set is acknowledged and not carried out")
    command_scale: dict[SetPoint, float] = Field({}, description="set-points times a factor: 0.01 reads drg in percent")
    limited: dict[SetPoint, float] = Field({}, description="set-points cut to a maximum without a word")
    partial_set_writes: dict[SetPoint, float] = Field({}, description="a partial set also writes these values")
    repeated_set_stops_first: bool = Field(False, description="a set equal to the last one passes through Stop")
    set_order: Literal["right", "mode_first", "points_first", "right_once"] = Field(
        "right",
        description="right_once: only the first set after a start minds the mode, later ones are mode first, as in "
        "apis-dcdc_batt_comm 1.4, which compares the mode's name with its number",
    )


class RestartFaults(BaseModel):
    """The driver restarts by itself."""

    restart_at: list[float] = Field([], description="bench times, s")
    restart_every_calls: int = Field(0, ge=0)
    restart_outage: float = Field(3.0, ge=0, description="connections are closed unanswered for so long, s")
    restart_stops_converter: bool = Field(False, description="the driver commands Stop when it starts")
    resumes_mode_at_start: bool = Field(False, description="the driver commands the last mode again when it starts")


class PermissionFaults(BaseModel):
    """RSoC and the permission flag are treated wrongly."""

    permission_inverted: bool = False
    permission_values: dict[int, Any] = Field({}, description="reported instead of 3 or 0: {3: 1}, {0: 3}")
    battery_lost: Literal["error", "last", "permitted", "denied", "omitted"] = Field(
        "error", description="what the battery keys show when the BMS does not answer"
    )
    lost_after: float = Field(0.0, ge=0, description="for so long a BMS that does not answer goes unnoticed, s")
    battery_held_in: list[str] = Field([], description="after an answer with one of these modes the BMS is not read")
    rsoc_held: float = Field(0.0, ge=0, description="RSoC is renewed only every so many seconds")
    permission_changes: int | None = Field(None, ge=0, description="changes of the permission that it follows")
    permission_held: float = Field(0.0, ge=0, description="the permission is renewed only every so many seconds")
    stops_on_denial: bool = Field(False, description="force_dcdc_waiting: commands Stop within 10 s of a denial")
    denial_current: float | None = Field(None, ge=0, description="while denied dig is cut to this, A")


class DriverFaults(
    AnswerFaults,
    ValueFaults,
    StateFaults,
    TimingFaults,
    TransportFaults,
    CommandFaults,
    RestartFaults,
    PermissionFaults,
):
    """Everything a driver may do wrong; several at once."""

    model_config = ConfigDict(extra="forbid")

    bus: list[BusFault] = Field([], description="trouble on the serial line to the converter")
