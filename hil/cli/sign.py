"""hil sign: sign a run with the key of the laboratory, or make that key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.screen import screen
from hil.errors import BadInput
from hil.evidence.signature import fingerprint_of, make_keys
from hil.evidence.signature import sign as sign_run

MISSING = "Name a run folder to sign, or --make-key with the name of a new key file."


def sign(
    folder: Annotated[Path | None, typer.Argument(metavar="RUN", help="A finished run folder.")] = None,
    key: Annotated[Path | None, typer.Option(help="The laboratory's private key, Ed25519, PEM.")] = None,
    make_key: Annotated[
        Path | None, typer.Option(help="Write a new private key here, and the public one beside it as NAME.pub.pem.")
    ] = None,
) -> None:
    """Sign the evidence of a run; 'hil verify RUN --public-key' checks it.

    Exit status: 0 signed, 2 the evidence is altered, or the key cannot be used.
    """
    if make_key is not None:
        public = make_key.with_suffix(".pub.pem")
        make_keys(make_key, public)
        _say(f"Private key {make_key}: only who releases reports may read it. Public key {public}: give it away.")
        key = key or make_key
    if folder is None:
        if make_key is None:
            raise BadInput(MISSING)
        return
    if key is None:
        raise BadInput(f"Say with which key {folder} is to be signed: --key lab.pem. 'hil sign --make-key' makes one.")
    sign_run(folder, key)
    _say(f"{folder} is signed with key {fingerprint_of(key)}. 'hil report {folder}' prints that in the reports.")


def _say(line: str) -> None:
    screen().print(line, soft_wrap=True, highlight=False, markup=False)
