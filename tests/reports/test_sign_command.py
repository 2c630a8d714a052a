"""hil sign and hil verify: from a new key to a run whose signer is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hil.cli.application import application
from hil.errors import BadInput

SampleRun = Callable[..., Path]


def hil(*words: object) -> Any:
    texts = [str(word) for word in words]
    return CliRunner().invoke(application(texts), texts)


def test_a_run_is_signed_and_the_signer_is_known(sample_run: SampleRun, tmp_path: Path) -> None:
    run, key, public = sample_run(), tmp_path / "lab.pem", tmp_path / "lab.pub.pem"
    made = hil("sign", "--make-key", key)
    assert (made.exit_code, public.is_file()) == (0, True)
    assert hil("verify", run, "--public-key", public).exit_code == 1

    signed = hil("sign", run, "--key", key)
    assert signed.exit_code == 0
    checked = hil("verify", run, "--public-key", public)
    assert checked.exit_code == 0
    fingerprint = signed.output.split("signed with key ")[1][:16]
    assert f"signed with key {fingerprint} of {public}" in checked.output

    other = tmp_path / "other.pem"
    hil("sign", "--make-key", other)
    assert hil("verify", run, "--public-key", tmp_path / "other.pub.pem").exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name a run folder"),
        (["RUN"], "--key lab.pem"),
        (["RUN", "--key", "KEY"], "cannot be read as a private key"),
        (["--make-key", "EXISTS"], "never overwritten"),
        (["--make-key", "nowhere/lab.pem"], "cannot be written"),
    ],
)
def test_what_cannot_be_signed_is_said_in_a_sentence(
    sample_run: SampleRun, tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "there.pem").write_text("")
    named = {"RUN": sample_run(), "KEY": tmp_path / "none.pem", "EXISTS": tmp_path / "there.pem"}
    result = hil("sign", *(named.get(word, word) for word in words))
    assert isinstance(result.exception, BadInput)
    assert said in str(result.exception)


def test_altered_evidence_is_not_signed(sample_run: SampleRun, tmp_path: Path) -> None:
    run = sample_run()
    hil("sign", "--make-key", tmp_path / "lab.pem")
    with (run / "measurements.csv").open("a") as file:
        file.write("\n")
    result = hil("sign", run, "--key", tmp_path / "lab.pem")
    assert isinstance(result.exception, BadInput)
    assert not (run / "manifest.sig").exists()
