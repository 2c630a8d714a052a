"""The byte level under the transport: one VISA session, opened by pyvisa, read and written without its traps.

pyvisa opens every resource. For raw sockets and serial ports of the Python backend (pyvisa-py) bytes are then
moved on the session's own socket or port: its read spins at full CPU when the peer has closed, its write
to a peer that does not read blocks for ever, and a serial read costs one system call per byte. Every other
session (VXI-11, HiSLIP, USB-TMC, other backends) is used through pyvisa itself.
"""

from __future__ import annotations

import os
import re
import select
import socket
from typing import Any, Protocol

import pyvisa
from pyvisa import constants
from pyvisa.errors import VisaIOError, completion_and_error_messages
from pyvisa_py.protocols.rpc import RPCError
from serial import SerialBase, SerialTimeoutException

from instruments.timing import tcp_key

RECEIVE_SIZE = 65536
_STATUS = re.compile(r"-10738\d{5}")
"""An error of VISA, which pyvisa-py gives as a number."""
KNOWN_INPUT_GUARD = 10.0
"""Real seconds to wait for input that is known to have been delivered already."""


class Port(Protocol):
    """One open session. Trouble is OSError; a closed peer is EOFError; no input in time is TimeoutError."""

    key: str | None
    """The wire's key for the clock; None when the clock cannot see this session's bytes."""
    framed: bool
    """Whether one `receive` returns one whole message, so that no terminator is needed."""
    reopenable: bool
    """Whether closing and opening again makes the instrument forget what it had not sent yet."""
    duplex: bool
    """Whether one thread may send while another waits in `receive`."""

    def send(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the operating system within `timeout` real seconds."""

    def receive(self, timeout: float, known: int) -> bytes:
        """Return input: at least `known` bytes, or if 0 whatever comes first within `timeout` seconds."""

    def discard(self) -> bytes:
        """Remove and return input that is waiting. Raises EOFError when the peer has closed."""

    def close(self) -> None:
        """Close the session."""


class SocketPort:
    """A raw TCP socket (`TCPIP::host::port::SOCKET`) opened by pyvisa-py."""

    framed = False
    reopenable = True
    duplex = True

    def __init__(self, resource: Any, interface: socket.socket) -> None:
        self._resource = resource
        self._socket = interface
        error = interface.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        interface.getpeername()  # pyvisa-py's open succeeds without a peer; this does not
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        interface.settimeout(0.0)
        self.key: str | None = tcp_key(interface)

    def send(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the operating system."""
        self._socket.settimeout(timeout)
        self._socket.sendall(data)

    def receive(self, timeout: float, known: int) -> bytes:
        """Return input, see Port."""
        self._socket.settimeout(KNOWN_INPUT_GUARD if known else max(timeout, 0.001))
        data = self._socket.recv(RECEIVE_SIZE)
        while data and len(data) < known:
            more = self._socket.recv(RECEIVE_SIZE)
            if not more:
                break
            data += more
        if not data:
            raise EOFError
        return data

    def discard(self) -> bytes:
        """Remove and return input that is waiting."""
        self._socket.settimeout(0.0)
        stale = b""
        while True:
            try:
                data = self._socket.recv(RECEIVE_SIZE)
            except BlockingIOError:
                return stale
            if not data:
                raise EOFError
            stale += data

    def close(self) -> None:
        """Close the session."""
        self._resource.close()


class SerialPort:
    """A serial port (`ASRL...::INSTR`) opened by pyvisa-py with pyserial."""

    framed = False
    reopenable = False
    duplex = True

    def __init__(self, resource: Any, interface: Any) -> None:
        self._resource = resource
        self._serial = interface
        self.key: str | None = f"tty:{interface.port}"

    def send(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the operating system."""
        self._serial.write_timeout = timeout
        try:
            self._serial.write(data)
        except SerialTimeoutException as problem:
            raise TimeoutError(str(problem)) from problem

    def receive(self, timeout: float, known: int) -> bytes:
        """Return input, see Port."""
        self._serial.timeout = KNOWN_INPUT_GUARD if known else max(timeout, 0.001)
        data: bytes = self._serial.read(max(known, 1))
        if len(data) < max(known, 1):
            raise TimeoutError
        return data + bytes(self._serial.read(self._serial.in_waiting))

    def discard(self) -> bytes:
        """Remove and return input that is waiting."""
        waiting = self._serial.in_waiting
        return bytes(self._serial.read(waiting)) if waiting else b""

    def close(self) -> None:
        """Close the session."""
        self._resource.close()


class NoticingSocket(socket.socket):
    """A socket on which a closed peer is an error: pyvisa-py's RPC reads on at full CPU until its time-out."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive as any socket does. Raises ConnectionResetError when the peer has closed."""
        data = super().recv(bufsize, flags)
        if not data and bufsize:
            raise ConnectionResetError("it closed the connection")
        return data


class VisaPort:
    """Any other session, through pyvisa: messages are framed by the protocol (VXI-11, HiSLIP, USB-TMC)."""

    reopenable = True
    key: str | None = None

    def __init__(self, resource: Any, framed: bool) -> None:
        self._resource = resource
        self.framed = framed
        if not framed:
            resource.read_termination = "\n"
        self._inner = self._inner_socket()
        self.duplex = self._inner is not None and not isinstance(self._inner, NoticingSocket)  # HiSLIP
        self._set_nodelay()

    def _inner_socket(self) -> socket.socket | None:
        """Return the TCP socket inside a VXI-11 or HiSLIP session of pyvisa-py; None for everything else."""
        session = getattr(self._resource.visalib, "sessions", {}).get(self._resource.session)
        interface = getattr(session, "interface", None)
        inner = getattr(interface, "_sync", None)
        if interface is not None and isinstance(getattr(interface, "sock", None), socket.socket):
            inner = interface.sock = NoticingSocket(fileno=interface.sock.detach())
        return inner if isinstance(inner, socket.socket) else None

    def _set_nodelay(self) -> None:
        """Switch Nagle's delay off."""
        if self._inner is not None:
            self._inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        elif not self.framed:
            self._resource.set_visa_attribute(constants.ResourceAttribute.tcpip_nodelay, True)

    def send(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the operating system."""
        self._resource.timeout = timeout * 1000.0
        try:
            self._resource.write_raw(data)
        except (VisaIOError, RPCError, RuntimeError) as problem:
            raise _as_os_error(problem) from problem

    def receive(self, timeout: float, known: int) -> bytes:
        """Return input, see Port. Over HiSLIP the wait is outside pyvisa, so that another thread may send meanwhile."""
        if self.duplex and self._inner is not None and not select.select([self._inner], [], [], timeout)[0]:
            raise TimeoutError
        self._resource.timeout = max(timeout * 1000.0, 1.0)
        try:
            return bytes(self._resource.read_raw())
        except (VisaIOError, RPCError, RuntimeError) as problem:
            raise _as_os_error(problem) from problem

    def discard(self) -> bytes:
        """Raise EOFError when the peer has closed, as far as that can be seen; message ids sort out the rest."""
        inner = self._inner
        if inner is not None and select.select([inner], [], [], 0.0)[0] and not inner.recv(1, socket.MSG_PEEK):
            raise EOFError
        return b""

    def close(self) -> None:
        """Close the session."""
        self._resource.close()


def _as_os_error(problem: Exception) -> OSError:
    """Turn what pyvisa and pyvisa-py raise (HiSLIP: RuntimeError, VXI-11: RPCError) into one kind."""
    if isinstance(problem, VisaIOError) and problem.error_code == constants.StatusCode.error_timeout:
        return TimeoutError(str(problem))
    return OSError(str(problem))


def open_port(resource: str, *, backend: str, open_timeout: float, baud: int) -> Port:
    """Open a VISA resource. `open_timeout` in real seconds. Raises OSError with what pyvisa said."""
    try:
        opened: Any = pyvisa.ResourceManager(backend).open_resource(resource, open_timeout=int(open_timeout * 1000))
    except OSError:
        raise
    except Exception as problem:  # pyvisa-py raises plain Exception, VISA and RPC errors from here
        said = _STATUS.sub(_in_words, " ".join(str(problem).split()))
        raise OSError(_usb_trouble(said) if resource.upper().startswith("USB") else said) from problem
    try:
        return _wrap(opened, baud)
    except OSError:
        opened.close()
        raise


def _in_words(status: re.Match[str]) -> str:
    """Return what a number of VISA means."""
    _, words = completion_and_error_messages.get(int(status[0]), ("", status[0]))
    return words.rstrip(".")


def _usb_trouble(said: str) -> str:
    """Return what is in the way of a USB device, by what pyvisa-py said; without permission it finds none."""
    if "PyUSB" in said or "libusb" in said:
        return "USB needs more packages: pip install 'apis-hil[usb]'"
    return (
        f"{said.rstrip('.')}: lsusb shows whether it is there, with which vendor, product and serial number; without a "
        "udev rule this user may not open it (docs/first-bench.md, Instruments on USB)"
    )


def _wrap(opened: Any, baud: int) -> Port:
    session = getattr(opened.visalib, "sessions", {}).get(opened.session)
    interface = getattr(session, "interface", None)
    if opened.interface_type == constants.InterfaceType.asrl:
        opened.baud_rate = baud
    if isinstance(interface, socket.socket):
        return SocketPort(opened, interface)
    if isinstance(interface, SerialBase):
        return SerialPort(opened, interface)
    return VisaPort(opened, framed=opened.resource_class == "INSTR" and opened.interface_type.name != "asrl")
