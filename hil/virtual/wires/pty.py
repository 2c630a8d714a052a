"""Serial ports of the virtual bench: pseudo-terminals, one end for the device, one for the client."""

from __future__ import annotations

import asyncio
import os
import termios
import tty

from hil.virtual.timekeeping import Link, Timekeeping
from hil.virtual.wires.connection import Device


def open_serial(device: Device, keeper: Timekeeping) -> str:
    """Open a pseudo-terminal for `device`; return the path that a client opens as its serial port."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    path = os.ttyname(theirs)
    loop = asyncio.get_running_loop()

    def hang_up() -> None:
        loop.remove_reader(ours)
        os.close(ours)
        os.close(theirs)

    def write(data: bytes) -> None:
        try:
            os.write(ours, data)
        except BlockingIOError:
            termios.tcflush(theirs, termios.TCIFLUSH)  # nobody listens: a serial line keeps nothing
            os.write(ours, data)

    link = Link(f"tty:{path}", device, write, hang_up, keeper)

    def readable() -> None:
        keeper.arrived(link, os.read(ours, 65536))

    loop.add_reader(ours, readable)
    keeper.connected(link)
    return path
