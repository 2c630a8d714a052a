"""What a driver may do differently and still be right: no requirement may catch any of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class DriverOddities(BaseModel):
    """Legal peculiarities. The defaults are those of apis-dcdc_batt_comm 1.4."""

    model_config = ConfigDict(extra="forbid")

    extra_keys: dict[str, JsonValue] = Field({}, description="added to each JSON object answered; dotted paths")
    omit_unused_keys: bool = Field(False, description="leave out what apis-main never reads")
    key_order: Literal["recorded", "sorted", "reversed", "shuffled"] = "recorded"
    whitespace: Literal["recorded", "compact", "indented"] = "recorded"
    whole_floats_as_integers: bool = Field(False, description="350 instead of 350.0")
    exponent_numbers: bool = Field(False, description="3.5e+02 instead of 350.0")
    decimals: int | None = Field(None, ge=3, le=15, description="round the floats of answers to so many decimals")
    whole_rsoc: bool = Field(False, description="the state of charge in whole per cent")
    only_routes_of_apis_main: bool = Field(
        False, description="404 for what apis-main never asks for; alarms can be cleared"
    )
    minor_version: int = Field(0, ge=0, description="2.<this> as comm_interface_version")
    content_type: str | None = Field("application/json", description="of JSON answers; none omits the header")
    lower_case_headers: bool = False
    transfer: Literal["http10", "close", "keep_alive", "chunked"] = Field(
        "http10", description="http10 and close hang up after each answer; chunked keeps the connection alive too"
    )
    slower: float = Field(0.0, ge=0, le=0.3, description="added to every call, s; still within every limit")
    error_status: int = Field(400, ge=400, le=599, description="instead of 400; apis-main only looks for 200")
    error_as_text: bool = Field(False, description="errors as plain text instead of JSON")
    idle_connection_blocks: bool = Field(False, description="as the original: a silent client keeps all others waiting")
    keeps_cache_over_restart: bool = False
    forgets_nothing_on_hello: bool = False
    battery_in_one_transaction: bool = Field(False, description="reads RSoC and permission with one Modbus request")
    battery_polled_every: float = Field(0.0, ge=0, le=2, description="polls in the background, s; 0 on demand")
