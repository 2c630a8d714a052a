"""Figures of the driver and its two serial lines, and what it may do wrong."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hil.virtual.devices.driver.faults import DriverFaults
from hil.virtual.devices.driver.oddities import DriverOddities

Baud = Literal[9600, 19200, 38400, 57600, 115200]
SetOrder = Literal["documented", "hardware_information"]


class DriverSettings(BaseModel):
    """One driver. Times in seconds; the defaults reproduce apis-dcdc_batt_comm 1.4 with an EZA2500.

    The constants below `converter_name` stand in the driver's own yml file; `cib`, `ubv`, `ogv`, `obv` and `ugv` are
    repeated in every answer whatever the converter holds.
    """

    model_config = ConfigDict(extra="forbid")

    web_overhead: float = Field(0.001, ge=0, description="from the request's last byte to the first serial command")
    dcdc_baud: Baud = 19200
    dcdc_turnaround: float = Field(0.005, ge=0, description="the converter's own, between request and reply")
    dcdc_processing: float = Field(0.004, ge=0, description="the driver's share per command")
    dcdc_pause: float = Field(0.062, ge=0, description="after each command that succeeded")
    dcdc_reply_timeout: float = Field(0.1, gt=0, description="up to the first byte, and between the parts of a reply")
    dcdc_retries: int = Field(
        3, ge=0, description="extra tries after a time-out; counted apart from those after errors"
    )
    dcdc_retry_pause: float = Field(0.1, ge=0)

    battery_baud: Baud = 9600
    battery_timeout: float = Field(1.0, gt=0)
    battery_processing: float = Field(0.0075, ge=0, description="the driver's share per Modbus transaction")
    battery_unit: int = Field(1, ge=1, le=247)
    battery_rsoc_offset: int = Field(29, ge=0, le=0xFFFF, description="Modbus address 30030")
    battery_permission_offset: int = Field(30, ge=0, le=0xFFFF, description="Modbus address 30031")

    board_fed_by_battery: bool = Field(True, description="the board dies with the converter's control power")
    boot_time: float = Field(20.0, ge=0, description="from control power to the first answer")
    power_check_period: float = Field(0.5, gt=0, description="how often the control power is looked at")
    restarts_on_goodbye: bool = Field(
        False, description="started with --goodbye by a supervisor that starts it again whenever it ends"
    )
    set_order: SetOrder = Field(
        "documented",
        description="documented: set-points first when in Stop, else mode first; hardware_information: as that "
        "document's table, which also asks for dvg, mode, dig from CC to CV",
    )

    converter_name: str = "dcdc1"
    cib: float | int = 52
    ubv: float | int = 40
    ogv: float | int = 400
    obv: float | int = 59
    ugv: float | int = 300
    bcf: int = 3
    cvb: float = 57.6
    dlb: float | int = 49
    cdb: float = 1.2
    ddb: float = 1.8
    drb: float = 0.0
    battery_voltage: float = 52.0
    battery_current: float = 20.0

    faults: DriverFaults = Field(default_factory=DriverFaults)
    oddities: DriverOddities = Field(default_factory=DriverOddities)
