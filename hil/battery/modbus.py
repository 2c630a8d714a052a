"""The battery's side of the RS485 link: Modbus RTU frames in, answers out. No port, no time.

What the hardware information of the driver documents: function 04 only; RSoC at offset 0x1D in tenths of a
percent; the sharing flag at offset 0x1E, bit 0: 0 permitted, 1 denied; start addresses 0 to 0x270E, 1 to 125
registers; exceptions 01 other function, 02 address, 03 count, 04 device failure.
"""

from __future__ import annotations

from dataclasses import dataclass

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest, ReadInputRegistersResponse

RSOC_OFFSET = 0x1D
SHARING_OFFSET = 0x1E
LAST_ADDRESS = 0x270E
SMALLEST_FRAME = 4
LARGEST_FRAME = 256
EXCEPTION_BIT = 0x80


@dataclass(frozen=True)
class Request:
    """One frame from the master whose CRC is right. start and count are None for other functions than 04."""

    unit: int
    function: int
    data: bytes
    start: int | None = None
    count: int | None = None


class FrameAssembler:
    """Finds frames in a stream of bytes that may hold garbage.

    A frame is known by its length (from its function) and its CRC. Bytes that begin no frame are dropped one by
    one, so a request is found behind any garbage. A silence ends whatever has been collected; if that is as a
    whole a frame with a right CRC, its function is one whose length is unknown.
    """

    def __init__(self) -> None:
        self._decoder = DecodePDU(is_server=True)
        self._bytes = bytearray()
        self.dropped = 0

    @property
    def collecting(self) -> bool:
        """Tell whether bytes wait for the rest of their frame."""
        return bool(self._bytes)

    def feed(self, data: bytes) -> list[Request]:
        """Take in `data`; return the requests that are now complete."""
        self._bytes += data
        found = []
        begin = 0
        while begin + SMALLEST_FRAME <= len(self._bytes):
            size = self._size(begin)
            if size and begin + size <= len(self._bytes) and has_right_crc(self._bytes[begin : begin + size]):
                found.append(parse(bytes(self._bytes[begin : begin + size])))
                self._drop(begin + size, begin)
                begin = 0
            else:
                begin += 1
        excess = len(self._bytes) - LARGEST_FRAME
        if excess > 0:
            self._drop(excess, excess)
        return found

    def silence(self) -> list[Request]:
        """Note that the line has been silent; return a request of unknown function, if there is one."""
        frame = bytes(self._bytes)
        whole = len(frame) >= SMALLEST_FRAME and has_right_crc(frame)
        self._drop(len(frame), 0 if whole else len(frame))
        return [parse(frame)] if whole else []

    def _size(self, begin: int) -> int:
        """Return the length of the frame that begins at `begin`, or 0 when it cannot be known."""
        head = bytes(self._bytes[begin:])
        known = self._decoder.lookupPduClass(head)
        return int(known.calculateRtuFrameSize(head)) if known and not head[1] & EXCEPTION_BIT else 0

    def _drop(self, count: int, lost: int) -> None:
        del self._bytes[:count]
        self.dropped += lost


def has_right_crc(frame: bytes | bytearray) -> bool:
    """Tell whether the last two bytes are the CRC of the others."""
    return FramerRTU.check_CRC(bytes(frame[:-2]), int.from_bytes(frame[-2:], "big"))


def parse(frame: bytes) -> Request:
    """Return the request in a frame whose CRC is right."""
    unit, function, data = frame[0], frame[1], frame[2:-2]
    if function != ReadInputRegistersRequest.function_code or len(data) != 4:
        return Request(unit, function, data)
    return Request(unit, function, data, int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big"))


def answer(request: Request, registers: dict[int, int], failed: bool = False) -> ModbusPDU:
    """Return the answer to `request`; registers that are not in `registers` read 0.

    The order of checks is that of the Modbus application protocol: function, count, address, device.
    """
    if request.start is None or request.count is None:
        code = ExcCodes.ILLEGAL_FUNCTION
        if request.function == ReadInputRegistersRequest.function_code:
            code = ExcCodes.ILLEGAL_VALUE
    elif not 1 <= request.count <= ReadInputRegistersRequest.MAX_COUNT:
        code = ExcCodes.ILLEGAL_VALUE
    elif request.start + request.count > LAST_ADDRESS + 1:
        code = ExcCodes.ILLEGAL_ADDRESS
    elif failed:
        code = ExcCodes.DEVICE_FAILURE
    else:
        offsets = range(request.start, request.start + request.count)
        values = [registers.get(offset, 0) for offset in offsets]
        return ReadInputRegistersResponse(dev_id=request.unit, registers=values)
    return ExceptionResponse(request.function, int(code), device_id=request.unit)


def frame_of(pdu: ModbusPDU) -> bytes:
    """Return the frame that carries `pdu`."""
    return bytes(FramerRTU(DecodePDU(is_server=True)).buildFrame(pdu))


def registers_of(rsoc: float, permitted: bool) -> dict[int, int]:
    """Return the registers for a state of charge (a fraction) and the sharing flag."""
    return {RSOC_OFFSET: min(1000, max(0, round(1000 * rsoc))), SHARING_OFFSET: 0 if permitted else 1}
