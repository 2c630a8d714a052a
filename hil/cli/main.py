"""The command `hil`.

`hil stop` is an emergency: it asks before anything is loaded that only the rest needs. Loading takes a second, and is
done where an interruption is caught.
"""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hil.cli.ending import DEBUG, end

COULD_NOT_RUN = 2
"""As in `hil.running.ending`, which may not be loaded yet."""


def main() -> None:
    """Run one command; every error ends in one sentence, with --debug in its traceback too."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what a terminal or a log cannot show costs a sign, not the command
    debug = DEBUG in sys.argv
    sys.argv = [word for word in sys.argv if word != DEBUG]
    try:
        _command(sys.argv[1:], debug)
    except KeyboardInterrupt:
        end("Interrupted before anything was opened.", COULD_NOT_RUN, debug)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end what is loaded here as Ctrl-C does; nothing is open yet."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(words: list[str], debug: bool) -> None:
    with _ended_by_sigterm():
        from hil.errors import BENCH_TROUBLE, BadInput, NotProvenSafe
        from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE
        from hil.safety import requests
    stated: tuple[type[Exception], ...] = (BadInput, *BENCH_TROUBLE)  # their messages say everything a user needs
    try:
        asked = requests.ask_at_once(words[1:]) if words[:1] == ["stop"] else ()
        with _ended_by_sigterm():
            from hil.cli.application import application

            command = application(words)
        command(obj=asked)
    except NotProvenSafe as error:
        end(str(error), EXIT_NOT_SAFE, debug)
    except stated as error:
        end(str(error), EXIT_COULD_NOT_RUN, debug)
    except Exception as error:  # noqa: BLE001 - the last one to be asked; it says whose bug it is
        sentence = f"This is a bug in the harness ({type(error).__name__}: {error}). {DEBUG} shows where; report it."
        end(sentence, EXIT_COULD_NOT_RUN, debug)


if __name__ == "__main__":
    main()
