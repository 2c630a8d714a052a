"""The figures in which instruments of the same command set still differ."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Quirks(BaseModel):
    """Behaviour on the wire and of the own meters. Times in seconds of bench time.

    command_time, query_time: how long one command and one query keep the instrument busy.
    gap: a message that arrives sooner than this after the previous one is lost, without answer or error.
    refresh: the own meters take a new sample only this often (0: for every query).
    boot_time: after a restart, connections are refused for so long. At the start of bench time it has long been on.
    idle_disconnect: a network connection without a message for so long is closed (0: never).
    clients: connections served at a time; further ones are closed at once.
    error_depth: entries of the error queue.
    longest_message: bytes; a longer one is dropped and `overrun` is queued.
    longest_compound: commands in one message; more are refused as a whole with `overrun` (0: any number).
    commands_before_query: commands that may follow each other without a query; more are dropped (0: any number).
    overrun: error number for any of these; `overrun_text` where it is not a standard one.
    compound_from_root: every command after a semicolon starts at the root of the command tree.
    errors_noted: errors are queued from the beginning, without being enabled first.
    terminators: bytes that end a message.
    reply_terminator: what ends an answer.
    interrupting: what a message does that arrives while the previous one is being answered: waits its turn, or
        takes the answer's place (-410).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    command_time: float = Field(default=0.001, ge=0)
    query_time: float = Field(default=0.003, ge=0)
    gap: float = Field(default=0.0, ge=0)
    refresh: float = Field(default=0.0, ge=0)
    boot_time: float = Field(default=0.0, ge=0)
    idle_disconnect: float = Field(default=0.0, ge=0)
    clients: int = Field(default=256, ge=1)
    error_depth: int = Field(default=20, ge=2)
    longest_message: int = Field(default=4096, ge=16)
    longest_compound: int = Field(default=0, ge=0)
    commands_before_query: int = Field(default=0, ge=0)
    overrun: int = -363
    overrun_text: str = ""
    compound_from_root: bool = False
    errors_noted: bool = True
    terminators: bytes = b"\n"
    reply_terminator: bytes = b"\n"
    interrupting: Literal["waits", "interrupts"] = "waits"
