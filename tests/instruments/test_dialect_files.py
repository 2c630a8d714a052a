"""Reading dialect files: a lab's own, a sibling of another, and every way to get one wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruments.dialect import load_dialect

OWN = """
title = "Our supply"
channels = 3
idn = "ACME"
[sources]
manual = "ACME manual"
[supply.rows]
output = { on = "OUT{channel} 1", off = "OUT{channel} 0", query = "OUT?", verified = true, source = "manual, p. 3" }
"""


def write(folder: Path, text: str) -> str:
    file = folder / "own.toml"
    file.write_text(text)
    return str(file)


def test_own_file_with_channel(tmp_path: Path) -> None:
    dialect = load_dialect(write(tmp_path, OWN), "supply", channel=3)
    assert dialect.rows.output is not None
    assert dialect.rows.output.on == ("OUT3 1",)
    assert (dialect.name, dialect.kind, dialect.title) == ("own", "supply", "Our supply")


def test_a_channel_that_it_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tells of channel 1 to 3, and not of channel 4"):
        load_dialect(write(tmp_path, OWN), "supply", channel=4)
    with pytest.raises(ValueError, match="'siglent-spd' tells of channel 1 to 1, and not of channel 2"):
        load_dialect("siglent-spd", "supply", channel=2)


def test_sibling_takes_over_everything_but_its_proof(tmp_path: Path) -> None:
    text = 'like = "keysight-n5700"\ntitle = "Sibling"\nidn = "N99"\n[rows]\n'
    text += 'voltage = { set = "V {value}", verified = true, source = "guide, own page" }\n'
    dialect = load_dialect(write(tmp_path, text), "supply")
    original = load_dialect("keysight-n5700", "supply")
    assert dialect.rows.output is not None
    assert original.rows.output is not None
    assert (original.rows.output.verified, dialect.rows.output.verified) == (True, False)
    assert dialect.rows.output.on == original.rows.output.on
    assert dialect.rows.voltage is not None
    assert (dialect.rows.voltage.verified, dialect.rows.voltage.query) == (True, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "is not TOML"),
        (OWN.replace("manual, p. 3", "hearsay"), "source 'hearsay' does not begin with one of"),
        (OWN.replace('title = "Our supply"', ""), "is wrong at title"),
        (OWN + "colour = 3\n", "wrong at rows.colour"),
        (OWN.replace('"ACME"', '"(ACME"'), "not a regular expression"),
        (OWN.replace("supply.rows", "load.rows"), "does not describe a supply; it describes: load"),
        (OWN.replace("query", "ask"), "wrong at rows.output.ask"),
    ],
)
def test_a_wrong_file_is_described(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load_dialect(write(tmp_path, text), "supply")


def test_unknown_dialect_names_the_known() -> None:
    with pytest.raises(ValueError, match=r"no dialect 'acme'\. Known are: chroma-62000p, .*scpi1999"):
        load_dialect("acme", "supply")
