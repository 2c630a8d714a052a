"""The grammar: whatever is sent, it is read as the standard says or refused with a standard number."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hil.virtual.devices.scpi.errors import STANDARD_TEXTS, ScpiError
from hil.virtual.devices.scpi.headers import HeaderTree, spellings
from hil.virtual.devices.scpi.parameters import (
    Boolean,
    ChannelList,
    Choice,
    Integer,
    Parameter,
    Quantity,
    suffix_factors,
)
from hil.virtual.devices.scpi.syntax import Block, Data, Expression, Number, String, Unit, Word, parse

words = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,11}\Z")
spaces = st.sampled_from([" ", "  ", "\t", " \r"])


def one(text: str) -> Unit:
    message = parse(text)
    assert message.mistake is None, message.mistake
    (unit,) = message.units
    return unit


@given(st.text(max_size=60))
@example("#" + "9" * 20)
@example("VOLT #3")
@example('VOLT "')
@example("VOLT (@1")
@example("A" * 5000)
@example("VOLT " + "9" * 5000)
@example("VOLT #H" + "F" * 5000)
def test_any_text_is_read_or_refused_with_a_standard_number(text: str) -> None:
    message = parse(text)
    assert message.mistake is None or message.mistake.number in STANDARD_TEXTS


@given(st.lists(words, min_size=1, max_size=4), st.booleans(), st.booleans(), spaces)
def test_a_header_is_read_back(mnemonics: list[str], absolute: bool, query: bool, space: str) -> None:
    header = (":" if absolute else "") + ":".join(mnemonics)
    assert one(f"{space}{header}{'?' * query}{space}") == Unit(header.upper(), query)


@given(st.lists(words, min_size=1, max_size=8))
def test_semicolons_separate_units(headers: list[str]) -> None:
    assert [unit.header for unit in parse(";".join(headers)).units] == [header.upper() for header in headers]


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "MV", "kV", "V"]), st.booleans())
def test_numbers_are_read_back(value: float, suffix: str, spaced: bool) -> None:
    (datum,) = one(f"VOLT {value!r}{' ' * spaced}{suffix}").data
    assert datum == Number(value, suffix.upper())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30), st.sampled_from("\"'"))
def test_strings_are_read_back(text: str, quote: str) -> None:
    (datum,) = one(f"DISP {quote}{text.replace(quote, quote * 2)}{quote}").data
    assert datum == String(text)


@given(st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=30))
def test_blocks_are_read_back(content: str) -> None:
    length = str(len(content))
    (datum,) = one(f"DATA #{len(length)}{length}{content}").data
    assert datum == Block(content)


def test_every_kind_of_data() -> None:
    data = one("X 1.5E-3, .5, #HFF, #q17, #B101, MAX, (@1,2:3), 'a;b', 3 A/US").data
    assert data == (
        Number(0.0015),
        Number(0.5),
        Number(255),
        Number(15),
        Number(5),
        Word("MAX"),
        Expression("@1,2:3"),
        String("a;b"),
        Number(3, "A/US"),
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("VOLT 1..2", -121),
        ("VOLT +-1", -121),
        ("VOLT 1E40000", -123),
        ("VOLT " + "1" * 300, -124),
        ("VOLT 1 ABCDEFGHIJKLMNOP", -134),
        ("VOLT ABCDEFGHIJKLMNOP", -144),
        ("VOLT 'abc", -151),
        ("VOLT #19abc", -161),
        ("VOLT #2", -161),
        ("VOLT (1", -171),
        ("VOLT 1,", -102),
        ("VOLT 1 2", -103),
        ("VOLT,1", -111),
        ("VOLT::A", -111),
        ("1VOLT", -102),
        ("VOLT \xb5", -101),
        ("\x7f", -101),
        ("ABCDEFGHIJKLMNOP", -112),
    ],
)
def test_mistakes_and_their_numbers(text: str, number: int) -> None:
    mistake = parse(text).mistake
    assert mistake is not None
    assert mistake.number == number


def test_what_stands_before_a_mistake_is_kept() -> None:
    message = parse("VOLT 1;CURR 2;:&")
    assert [unit.header for unit in message.units] == ["VOLT", "CURR"]
    assert message.mistake is not None


DECLARED = "[SOURce#2]:VOLTage[:LEVel][:IMMediate:AMPLitude]"


@st.composite
def written(draw: st.DrawFn) -> tuple[str, ...]:
    """Return one of the legal spellings of DECLARED."""
    sequence = draw(st.sampled_from(spellings(DECLARED)))
    names = []
    for node in sequence:
        name = draw(st.sampled_from([node.short, node.long]))
        suffix = draw(st.sampled_from(["", "1", "2"])) if node.largest_suffix else ""
        names.append(name + suffix)
    return tuple(names)


@given(written())
def test_every_legal_spelling_is_found(mnemonics: tuple[str, ...]) -> None:
    tree: HeaderTree[str] = HeaderTree()
    tree.add(DECLARED, "voltage")
    tree.add("[SOURce#2]:VOLTage:PROTection", "protection")
    assert tree.find(mnemonics) == "voltage"


@given(st.lists(words.map(str.upper), min_size=1, max_size=4))
def test_no_other_spelling_is_found(mnemonics: list[str]) -> None:
    tree: HeaderTree[str] = HeaderTree()
    tree.add(DECLARED, "voltage")
    legal = {
        tuple(names)
        for sequence in spellings(DECLARED)
        for names in [[node.short for node in sequence], [node.long for node in sequence]]
    }
    if tuple(mnemonics) not in legal and not any(name[-1].isdigit() for name in mnemonics):
        with pytest.raises(ScpiError, match="-113"):
            tree.find(tuple(mnemonics))


def test_spellings_count() -> None:
    assert len(spellings("[A]:B[:C][:D]")) == 8
    assert len(spellings("[A:B]:C")) == 2


@pytest.mark.parametrize("declared", ["A[:B", "A]:B", "A:&"])
def test_a_wrong_declaration_is_refused(declared: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        spellings(declared)


def test_a_header_cannot_be_declared_twice() -> None:
    tree: HeaderTree[str] = HeaderTree()
    tree.add("SYSTem:ERRor[:NEXT]", "one")
    with pytest.raises(ValueError, match="twice"):
        tree.add("SYST:ERR", "two")


@pytest.mark.parametrize(
    ("unit", "suffix", "factor"),
    [
        ("V", "MV", 1e-3),
        ("V", "KV", 1e3),
        ("V", "MAV", 1e6),
        ("V", "UV", 1e-6),
        ("A", "MA", 1e-3),
        ("A", "A", 1.0),
        ("W", "KW", 1e3),
        ("OHM", "MOHM", 1e6),
        ("OHM", "KOHM", 1e3),
        ("S", "S", 1.0),
        ("S", "MSIE", 1e-3),
        ("s", "MS", 1e-3),
        ("V/s", "V/MS", 1e3),
        ("A/us", "A/US", 1.0),
        ("A/us", "A/MS", 1e-3),
    ],
)
def test_units_and_multipliers(unit: str, suffix: str, factor: float) -> None:
    assert Quantity(unit).convert(Number(2.0, suffix)) == pytest.approx(2.0 * factor)


@given(st.sampled_from(["V", "A", "W", "OHM", "s"]), words)
def test_other_suffixes_are_refused(unit: str, suffix: str) -> None:
    if suffix.upper() not in suffix_factors(unit):
        with pytest.raises(ScpiError, match="-131"):
            Quantity(unit).convert(Number(1.0, suffix.upper()))


def test_parameters_of_other_kinds() -> None:
    assert Boolean().convert(Number(0.4)) is False
    assert Boolean().convert(Number(-1)) is True
    assert Boolean().convert(Word("ON")) is True
    assert Choice(("VOLTage", "CURRent")).convert(Word("VOLTAGE")) == "VOLT"
    assert Integer(1, 10).convert(Number(2.6)) == 3
    assert ChannelList(4).convert(Expression("@1,3:4")) == (1, 3, 4)
    assert Quantity("V").convert(Word("MAXIMUM")) == "MAX"


@pytest.mark.parametrize(
    ("parameter", "datum", "number"),
    [
        (Boolean(), String("ON"), -158),
        (Boolean(), Word("YES"), -224),
        (Choice(("VOLTage",)), Word("VOL"), -224),
        (Choice(("VOLTage",)), Number(1), -128),
        (Integer(1, 10), Number(11), -222),
        (Integer(1, 10), Number(math.inf), -222),
        (Integer(1, 10), Word("MAX"), -148),
        (ChannelList(1), Expression("@2"), -222),
        (ChannelList(1), Expression("1"), -171),
        (ChannelList(1), Expression("@1:"), -171),
        (Quantity("V"), Block("3"), -168),
        (Quantity("V"), Expression("3"), -178),
        (Quantity(""), Number(3, "V"), -138),
    ],
)
def test_data_that_does_not_fit(parameter: Parameter, datum: Data, number: int) -> None:
    with pytest.raises(ScpiError) as caught:
        parameter.convert(datum)
    assert caught.value.number == number
