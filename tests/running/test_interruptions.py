"""Why a run ended early is said once."""

from hil.running.run import stop_sentence, with_reason
from hil.safety.safe_state import SafeReport


def test_what_stopped_the_bench_is_said_once_and_as_sentences() -> None:
    report = SafeReport(reason="The link to 'battery' is lost. Look at its cable.")
    said = [stop_sentence(report)]
    assert said[0].startswith("bench stopped: The link to 'battery' is lost. Look at its cable; ")
    again = "bench trouble: The bench was stopped: The link to 'battery' is lost. Look at its cable."
    assert with_reason(said, again) == said
    assert with_reason(said, "bench trouble: no answer") == [*said, "bench trouble: no answer"]
