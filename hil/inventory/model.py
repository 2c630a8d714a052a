"""The two files that the collector writes, as the suites read them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from hil import tomlfile
from hil.errors import BadInput


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Computer(_Strict):
    """The unit's computer. None: the collector could not find out.

    clock: of the fastest processor core, in Hz. cache: first level of one core, instructions and data, in bytes.
    memory, storage, log_storage: in bytes; the last is what is free where logs are written. items: what else must be
    there, by name.
    """

    document: Literal["computer"]
    host: str
    collected: str
    clock: NonNegativeFloat | None
    cache: NonNegativeFloat | None
    memory: NonNegativeFloat | None
    storage: NonNegativeFloat | None
    log_storage: NonNegativeFloat | None
    items: dict[str, bool | None] = Field(min_length=1)


class Peer(_Strict):
    """One other unit, seen from the computer on which the collector ran. None: not tried, or not found out.

    throughput and its expanded uncertainty (k = 2): bit/s. ipv4, ipv6: reached. driver_answers: its driver's port
    answers from here.
    """

    throughput: NonNegativeFloat | None
    throughput_uncertainty: NonNegativeFloat | None
    ipv4: bool | None
    ipv6: bool | None
    driver_answers: bool | None


class Line(_Strict):
    """The communication line between the computer on which the collector ran and its peers, by host name."""

    document: Literal["line"]
    host: str
    collected: str
    peers: dict[str, Peer] = Field(min_length=1)


Document = TypeVar("Document", Computer, Line)


def load_computer(path: Path) -> Computer:
    """Read what `collect.py computer` printed. Raises BadInput naming file, key and expectation."""
    return _load(path, Computer)


def load_line(path: Path) -> Line:
    """Read what `collect.py line` printed. Raises BadInput naming file, key and expectation."""
    return _load(path, Line)


def _load(path: Path, model: type[Document]) -> Document:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"Cannot read the inventory {path}: {error.strerror or error}.") from error
    except ValidationError as error:
        raise BadInput(f"{path} is not the inventory that was expected: {tomlfile.describe(error)}") from error
