"""The command `hil`.

`hil stop` is an emergency: it asks before anything is loaded that only the rest needs.
"""

from __future__ import annotations

import sys
import traceback
from typing import NoReturn

from hil.errors import BENCH_TROUBLE, BadInput, NotProvenSafe
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE
from hil.safety import requests

DEBUG = "--debug"
STATED: tuple[type[Exception], ...] = (BadInput, *BENCH_TROUBLE)
"""Exceptions whose message says everything a user needs."""


def main() -> None:
    """Run one command; every error ends in one sentence, with --debug in its traceback too."""
    debug = DEBUG in sys.argv
    sys.argv = [word for word in sys.argv if word != DEBUG]
    try:
        words = sys.argv[1:]
        asked = requests.ask_at_once(words[1:]) if words[:1] == ["stop"] else ()
        from hil.cli.application import application

        application(words)(obj=asked)
    except KeyboardInterrupt:
        _end("Interrupted before anything was opened.", EXIT_COULD_NOT_RUN, debug)
    except NotProvenSafe as error:
        _end(str(error), EXIT_NOT_SAFE, debug)
    except STATED as error:
        _end(str(error), EXIT_COULD_NOT_RUN, debug)
    except Exception as error:  # noqa: BLE001 - the last one to be asked; it says whose bug it is
        sentence = f"This is a bug in the harness ({type(error).__name__}: {error}). {DEBUG} shows where; report it."
        _end(sentence, EXIT_COULD_NOT_RUN, debug)


def _end(sentence: str, status: int, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"{sentence}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
