"""The command `hil`."""

from __future__ import annotations

import sys
import traceback

import typer

from hil.cli import requirements, run, virtual
from hil.errors import BENCH_TROUBLE, BadInput, NotProvenSafe
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE

STATED: tuple[type[Exception], ...] = (BadInput, NotProvenSafe, *BENCH_TROUBLE)
"""Exceptions whose message says everything a user needs."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Hardware-in-the-loop bench for energy-sharing converters driven by APIS.",
)
app.command("run")(run.run)
app.command("requirements")(requirements.requirements)
app.command("virtual", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(virtual.virtual)


def main() -> None:
    """Run one command; errors end in one sentence, with --debug in a traceback too."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app(standalone_mode=True)
    except STATED as error:
        if debug:
            traceback.print_exc()
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_NOT_SAFE if isinstance(error, NotProvenSafe) else EXIT_COULD_NOT_RUN)


if __name__ == "__main__":
    main()
