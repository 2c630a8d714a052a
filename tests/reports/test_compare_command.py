"""hil compare: text, page and exit status."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from hil.cli.application import application

SampleRun = Callable[..., Path]


def test_what_got_worse_is_printed_written_and_told_by_the_exit_status(sample_run: SampleRun, tmp_path: Path) -> None:
    before, after, page = sample_run(), sample_run({"ZVS-03": "fail"}, day=1), tmp_path / "compare.html"
    for words, status in (([before, after, "--html", page], 1), ([after, before], 0), ([before, before], 0)):
        texts = ["compare", *map(str, words)]
        done = CliRunner().invoke(application(texts), texts)
        assert done.exit_code == status
    written = page.read_text(encoding="utf-8")
    assert "things got worse" in written or "1 thing got worse" in written
    assert "ZVS-03" in written
    assert "default-src 'none'" in written
