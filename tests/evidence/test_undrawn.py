"""What a killed run left undrawn is drawn when it is closed, and in the site of a run that drew nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from hil.capture import Trace
from hil.evidence.drawing import Drawing
from hil.evidence.folder import RunFolder
from hil.evidence.illustrator import PLACEHOLDER
from hil.evidence.manifest import Manifest
from hil.evidence.picture import stored_picture
from hil.evidence.recover import recover
from hil.evidence.undrawn import placeholders
from hil.evidence.verify import verify
from reports.allure.generate import copy_with_pictures


def with_placeholder(folder: RunFolder) -> str:
    """Store a trace with a drawing, and an Allure result that waits for its picture; return the trace."""
    row = ("vg", 0.0, 0.2, 0.1, 350.0, "V", True)
    readings = pd.DataFrame([row], columns=["channel", "start", "end", "time", "value", "unit", "fresh"])
    trace = folder.save_trace(Trace(readings), "ramp", "suites/a.py::b", Drawing(title="Ramp"))
    (folder.allure_results / "1-attachment.svg").write_bytes(PLACEHOLDER)
    attachment = {"name": f"Ramp ({trace})", "source": "1-attachment.svg", "type": "image/svg+xml"}
    result = {"uuid": "1", "fullName": "suites.a#b", "status": "passed", "steps": [{"attachments": [attachment]}]}
    (folder.allure_results / "1-result.json").write_text(json.dumps(result))
    return trace


def test_closing_the_folder_of_a_killed_run_draws_what_is_missing(folder: RunFolder) -> None:
    trace = folder.path / with_placeholder(folder)
    (folder.path / "traces" / "half.parquet").write_bytes(b"PAR1")
    folder.close()
    recover(folder.path)
    assert trace.with_suffix(".svg").read_bytes() == stored_picture(trace)
    assert (folder.allure_results / "1-attachment.svg").read_bytes() == stored_picture(trace)
    assert placeholders(folder.path) == {}
    assert verify(folder.path) == []


def test_the_site_of_a_run_without_pictures_has_them_and_the_evidence_stays(
    folder: RunFolder, manifest: Manifest, tmp_path: Path
) -> None:
    trace = with_placeholder(folder)
    folder.finish(manifest)
    assert placeholders(folder.path) == {"1-attachment.svg": trace}
    shown = copy_with_pictures(folder.path, tmp_path)
    assert (shown / "1-attachment.svg").read_bytes() == stored_picture(folder.path / trace)
    assert (shown / "1-result.json").is_file()
    assert verify(folder.path) == []
