"""What the documentation says is so: links, commands, generated references, examples."""

from __future__ import annotations

import ast
import csv
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hil.bench.file import BenchFile
from hil.client import load_policy
from hil.verdict import Accuracy, Rule, decide
from hil.verdict.catalogue import Catalogue, Requirement
from hil.verdict.expression import evaluate
from hil.virtual.defects.catalogue import Deviation
from hil.virtual.parameters import read
from tools.docs.check import problems, problems_of
from tools.docs.generated import renewed
from tools.docs.pages import ROOT, Page, all_pages
from tools.docs.site import build

VIRTUAL = ROOT / "benches/virtual.toml"


def blocks(page: str, kind: str) -> list[str]:
    return [code.text for code in Page(Path("docs") / page).codes if code.kind == kind]


def test_the_pages_say_nothing_that_is_not_so() -> None:
    assert problems() == []


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.path))
def test_generated_parts_are_up_to_date(page: Page) -> None:
    assert renewed(page) == page.text, "run 'make docs' and commit what it has renewed"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[gone](gone.md)", "no file"),
        ("# Here\n\n[there](#there)", "no heading"),
        ("`hil fly`", "no command 'hil fly'"),
        ("```\n.venv/bin/hil run --fast\n```", "no option --fast"),
        ("```\nhil run \\\n  --defect no-such-defect\n```", "knows no no-such-defect"),
        ("```\n.venv/bin/pytest suites --seed 3\n```", "no option --seed"),
        ("`make coffee`", "no target coffee"),
        ("`hil/nowhere.py`", "there is no hil/nowhere.py"),
        ("COM-99", "no requirement COM-99"),
        ("```toml\nx =\n```", "not TOML"),
    ],
)
def test_a_wrong_page_is_noticed(tmp_path: Path, text: str, complaint: str) -> None:
    page = Page(tmp_path / "page.md")
    page.path.write_text(text, encoding="utf-8")
    found = problems_of(page, {page.path: page.anchors})
    assert len(found) == 1
    assert complaint in found[0]


def test_a_right_page_is_left_alone(tmp_path: Path) -> None:
    page = Page(tmp_path / "page.md")
    words = "[here](#a-page) `hil run --profile smoke --debug` `docs/index.md` `benches/mine.toml` COM-01"
    page.path.write_text(f"# A page\n\n{words}\n\n```\nmake test\n```\n", encoding="utf-8")
    assert problems_of(page, {page.path: page.anchors}) == []


def test_the_steps_of_the_first_bench_make_a_whole_bench_file() -> None:
    bench = BenchFile.model_validate(tomllib.loads("\n".join(blocks("first-bench.md", "toml"))))
    assert len(bench.roles) == 6


def test_the_first_requirement_can_be_decided() -> None:
    entry, _ = blocks("first-requirement.md", "toml")
    ((name, content),) = tomllib.loads(entry).items()
    assert name not in {each.id for each in Catalogue.load()}, "the example's number is taken; give it the next one"
    requirement = Requirement.model_validate({"id": name, **content})
    policy = load_policy(ROOT / "duts/policy.json")
    limits = [evaluate(row.upper, {"policy": policy}) for row in requirement.limits.values() if row.upper is not None]
    assert limits == [0.03]
    (test,) = blocks("first-requirement.md", "python")
    ast.parse(test)
    assert all(f'"{name}", "{limit}"' in test for limit in requirement.limits)


def test_the_defects_of_the_first_requirement_fit_the_virtual_bench() -> None:
    _, entries = blocks("first-requirement.md", "toml")
    for name, content in tomllib.loads(entries).items():
        changed = read(VIRTUAL, [Deviation(name=name, **content)], {})
        assert changed != read(VIRTUAL, [], {})


def rows_of_the_worked_example() -> list[list[str]]:
    text = Page(Path("docs/verdicts.md")).text
    return [
        [cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| ([\d.]+ A \|.*) \|$", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("row", rows_of_the_worked_example(), ids=lambda row: row[0])
def test_the_worked_example_is_decided_as_it_says(row: list[str]) -> None:
    limit, value, uncertainty, margin = (float(cell.removesuffix(" A").replace("−", "-")) for cell in row[:4])
    assert limit - value == pytest.approx(margin, abs=1e-9)
    assert decide(value, uncertainty, -limit, limit, Rule.GUARDED).value == row[4]
    assert decide(value, uncertainty, -limit, limit, Rule.SIMPLE).value == row[5]


def test_the_worked_example_can_be_repeated(tmp_path: Path) -> None:
    """The half of its run that has the row. Where this fails the virtual bench has changed, and so must the page."""
    words = ["-k", "not DISCHARGE", "--no-pictures", f"--runs={tmp_path}"]
    (command,) = re.findall(
        r"\.venv/bin/hil (run --profile qualification -m CCA-01 .*)", Page(Path("docs/verdicts.md")).text
    )
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state")}
    subprocess.run(
        [sys.executable, "-m", "hil.cli.main", *command.split(), *words],
        check=True, cwd=ROOT, env=environment, capture_output=True,
    )  # fmt: skip
    (run,) = tmp_path.glob("2*")
    shown = dict(re.findall(r"^\| ([a-z, ]+) \| (.*) \|$", Page(Path("docs/verdicts.md")).text, re.MULTILINE))
    row = next(
        row
        for row in csv.DictReader((run / "measurements.csv").open())
        if row["quantity"] == "full_current" and row["conditions"] == shown["conditions"]
    )
    assert shown["value"] == f"{row['value']} A"
    assert shown["uncertainty"] == f"{row['uncertainty']} A"
    assert shown["lower, upper"].replace("−", "-") == f"{row['lower']} A, {row['upper']} A"
    assert shown["margin"] == f"{row['margin']} A"
    assert shown["rule, verdict"] == f"{row['rule']}, {row['verdict']}"
    assert all(
        cells[1] == shown["value"] and float(cells[2].removesuffix(" A")) == round(float(row["uncertainty"]), 4)
        for cells in rows_of_the_worked_example()
    )


def test_the_worked_example_has_the_uncertainty_of_the_virtual_ammeter() -> None:
    stated = tomllib.loads(VIRTUAL.read_text(encoding="utf-8"))["instruments"]["grid_ammeter"]["current"]
    assert len(rows_of_the_worked_example()) == 4
    instrument = Accuracy(**stated).expanded(2.3084)
    assert instrument == pytest.approx(0.006130, abs=5e-7)
    assert math.hypot(instrument, 0.001203) == pytest.approx(0.00624650852, abs=5e-8)


def test_the_site_is_whole(tmp_path: Path) -> None:
    assert build(tmp_path / "site") == len(all_pages())
    for file in (tmp_path / "site").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r'<(?:script|img|link)[^>]+(?:src|href)="https?:', text), "the site needs another host"
        for link in re.findall(r'(?:src|href|url)="?([^":#\s]+)[#"]', text):
            assert (file.parent / link).exists(), f"{file.name} leads to {link}"
