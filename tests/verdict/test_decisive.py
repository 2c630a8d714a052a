"""Verdict, reason, worst margin and decisive measurement speak of the same thing, whatever was measured."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hil.verdict import Catalogue, Measurement, Outcome, Rule, Verdict, summarise
from hil.verdict.decisive import decisive

CATALOGUE = Catalogue.load()
NAME = "CCA-01"
WITHOUT = st.sampled_from(
    [Verdict.NOT_ASSESSED, Verdict.BENCH_TROUBLE, Verdict.CONDITIONAL_FAIL, Verdict.FAIL],
)


def measurement(place: int, quantity: str, verdict: Verdict, margin: float | None, target: bool) -> Measurement:
    return Measurement(
        NAME, "t", quantity, 1.0, "A", None, None, 0.0 if margin == 0.0 else 4.0, margin, verdict, f"place {place}",
        0.0, "", Rule.GUARDED, target,
    )  # fmt: skip


margins = st.none() | st.floats(-5.0, 5.0)
quantities = st.sampled_from(list(CATALOGUE.requirement(NAME).limits))
measured = st.lists(st.tuples(quantities, st.sampled_from(Verdict), margins, st.booleans()), max_size=6).map(
    lambda rows: [measurement(place, *row) for place, row in enumerate(rows)]
)
outcomes = st.lists(st.builds(Outcome, st.just(NAME), WITHOUT, st.sampled_from(["one reason", "another"])), max_size=2)


@given(measured, outcomes)
def test_verdict_reason_and_margin_agree(rows: list[Measurement], others: list[Outcome]) -> None:
    found = {each.requirement.id: each for each in summarise(rows, CATALOGUE, others)}[NAME]
    deciding = decisive(rows)
    counted: list[Measurement | Outcome] = [*(row for row in rows if not row.target), *others]
    severities = [each.verdict.severity for each in counted]
    assert found.verdict.severity >= max(severities, default=0)
    if deciding is not None and deciding.verdict is found.verdict:
        assert (found.worst_margin, found.unit) == (deciding.margin, "A")
        if found.verdict is not Verdict.PASS:
            assert found.reason.endswith(deciding.sentence())
    else:
        assert (found.worst_margin, found.unit) == (None, "")
        assert not any(row.sentence() in found.reason for row in rows)
    assert bool(found.reason) == (found.verdict is not Verdict.PASS)
    assert all(each.reason in found.reason for each in others if each.verdict is found.verdict)


def test_the_worst_verdict_decides_and_not_the_smallest_margin() -> None:
    near = measurement(0, "current_error", Verdict.PASS, 0.01, False)
    blind = measurement(1, "full_current", Verdict.NOT_CAPABLE, None, False)
    wide = measurement(2, "full_current", Verdict.NOT_CAPABLE, 3.0, False)
    assert decisive([near, blind, wide]) is wide
    assert decisive([near, blind]) is blind
    assert decisive([measurement(3, "full_current", Verdict.FAIL, -1.0, True)]) is None


def test_an_exceeded_count_is_nearer_than_any_margin() -> None:
    counted = measurement(0, "faults", Verdict.FAIL, -2.0, False)
    exceeded = Measurement(**{**vars(counted), "upper": 0.0})
    assert decisive([measurement(1, "current_error", Verdict.FAIL, -1.0, False), exceeded]) is exceeded
