"""One HTTP connection: bytes in, one request at a time out, its answer back."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from http.client import responses

import h11

from hil.virtual.devices.driver.answers import Answer, bad_request
from hil.virtual.devices.driver.oddities import DriverOddities
from hil.virtual.devices.driver.request import Request, parse
from hil.virtual.wires.connection import Connection

BENCH_EPOCH = 1577836800
"""2020-01-01T00:00:00Z: what the driver's calendar shows at bench time 0, so that answers repeat byte by byte."""
SERVER = "WSGIServer/0.2 CPython/3.11.7"

BODILESS = (204, 304)
"""Answers that HTTP/1.1 has no body for."""
LONGEST_TARGET = 65536
"""Bytes; the original refuses longer request lines too."""


class Session:
    """A client's connection. `take` hands out requests as they become complete."""

    def __init__(self, connection: Connection, oddities: DriverOddities, now: Callable[[], float]) -> None:
        self._connection = connection
        self._oddities = oddities
        self._now = now
        self._parser = h11.Connection(h11.SERVER)
        self._method = "GET"
        self.request: Request | None = None
        self.is_open = True
        self.overlaps = False
        """The request came while another one was being carried out."""

    @property
    def key(self) -> str:
        """Return the key of the connection."""
        return self._connection.key

    def feed(self, data: bytes) -> None:
        """Take bytes from the client; `request` is set as soon as one is complete."""
        if not self.is_open or not data:
            return
        try:
            self._parser.receive_data(data)
            self._parse()
        except h11.RemoteProtocolError:
            self.answer(bad_request())
            self.close()

    def _parse(self) -> None:
        while self.request is None:
            event = self._parser.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                if len(event.target) > LONGEST_TARGET:
                    raise h11.RemoteProtocolError("the request line is too long")
                self.request = parse(event)
                self._method = self.request.method

    def answer(self, answer: Answer) -> None:
        """Send `answer` and hang up, or wait for the next request where the server keeps connections."""
        if not self.is_open:
            return
        keeps = self._oddities.transfer in ("keep_alive", "chunked") and self._parser.our_state is h11.SEND_RESPONSE
        if self._oddities.transfer == "http10" or self._parser.our_state is not h11.SEND_RESPONSE:
            self._connection.send(self._plain(answer))
        else:
            self._connection.send(self._modern(answer))
        if not keeps or not self._next_cycle():
            self.close()

    def answer_half(self, answer: Answer) -> None:
        """Send the beginning of `answer` and hang up."""
        if self.is_open:
            whole = self._plain(answer)
            self._connection.send(whole[: len(whole) // 2])
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self.is_open:
            self.is_open = False
            self._connection.close()

    def leave_unanswered(self) -> None:
        """Never answer the present request."""
        self.request = None

    def lost(self) -> None:
        """Take note that the client is gone."""
        self.is_open = False

    def _next_cycle(self) -> bool:
        self.request, self.overlaps = None, False
        try:
            while self._parser.their_state is h11.SEND_BODY:
                if self._parser.next_event() is h11.NEED_DATA:
                    return False
            if self._parser.our_state is not h11.DONE or self._parser.their_state is not h11.DONE:
                return False
            self._parser.start_next_cycle()
            self._parse()
        except h11.RemoteProtocolError:
            return False
        return True

    def _headers(self, answer: Answer) -> list[tuple[str, str]]:
        headers = [
            ("Date", formatdate(BENCH_EPOCH + self._now(), usegmt=True)),
            ("Server", SERVER),
            *([("Content-Type", answer.content_type)] if answer.content_type else []),
            *answer.headers,
        ]
        return [(name.lower(), value) for name, value in headers] if self._oddities.lower_case_headers else headers

    def _plain(self, answer: Answer) -> bytes:
        """Return the answer as an HTTP/1.0 server writes it."""
        body = answer.text.encode()
        lines = [f"HTTP/1.0 {answer.status} {responses.get(answer.status, '')}"]
        length = "content-length" if self._oddities.lower_case_headers else "Content-Length"
        lines += [f"{name}: {value}" for name, value in [*self._headers(answer), (length, str(len(body)))]]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if self._method == "HEAD" else body)

    def _modern(self, answer: Answer) -> bytes:
        """Return the answer as an HTTP/1.1 server writes it."""
        body = answer.text.encode()
        headers = self._headers(answer)
        if self._oddities.transfer != "chunked":
            headers.append(("Content-Length", str(len(body))))
        if self._oddities.transfer == "close":
            headers.append(("Connection", "close"))
        response = h11.Response(status_code=answer.status, reason=responses.get(answer.status, ""), headers=headers)
        without_body = self._method == "HEAD" or answer.status in BODILESS
        parts: list[h11.Event] = [response, h11.Data(data=b"" if without_body else body), h11.EndOfMessage()]
        return b"".join(self._parser.send(part) or b"" for part in parts)
