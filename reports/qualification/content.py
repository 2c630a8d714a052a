"""The whole report as data; the HTML page and the PDF are two views of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hil.evidence import schema
from reports.blocks import Block, bullets, document, each_text, heading, section, text
from reports.numbers import true_minus
from reports.qualification import evidence, identity, results
from reports.qualification.budgets import budgets
from reports.qualification.configuration import configuration
from reports.qualification.decision import Decision, decide
from reports.qualification.details import details
from reports.qualification.redaction import Redactor
from reports.run_data import Run

UNDECIDED = (
    schema.CONDITIONAL_FAIL,
    schema.CONDITIONAL_PASS,
    schema.NOT_CAPABLE,
    schema.BENCH_TROUBLE,
    schema.HARNESS_BUG,
)
"""Verdicts that page one explains beside a fail."""


def content(run: Run, texts: dict[str, Any], issued: datetime, *, internal: bool) -> dict[str, Any]:
    """Return the report of a run: title, word, banner, and sections of blocks.

    internal: with addresses and names of the laboratory network; otherwise they are taken out everywhere.
    """
    decision = decide(run, texts)
    manifest = run.manifest
    made = document(
        texts,
        texts["title"]["report"],
        f"{manifest.run}/{manifest.digest[:8]}, {texts['label']['issued'].lower()} {issued:%Y-%m-%d %H:%M} UTC",
        f"{manifest.dut.manufacturer} {manifest.dut.model}, {manifest.dut.serial}".strip(),
        texts["word"][decision.word],
        {"qualified": "pass", "failed": "fail", "incomplete": "warn"}[decision.word],
        texts["word_meaning"][decision.word],
        _sections(run, texts, decision, issued, internal),
        level=texts["title"]["internal" if internal else "vendor"],
        banner=texts["simulation"]["banner"] if manifest.bench.virtual else "",
    )
    shown: dict[str, Any] = each_text(made, true_minus)
    return shown if internal else dict(Redactor(manifest).redact(shown))


def _sections(
    run: Run, texts: dict[str, Any], decision: Decision, issued: datetime, internal: bool
) -> list[dict[str, Any]]:
    manifest, title = run.manifest, texts["section"]
    sections: list[tuple[str, list[Block]]] = [
        ("result", _result(run, texts, decision, issued)),
        ("counts", results.counts(run, texts)),
        ("matrix", results.matrix(run, texts)),
        ("not_assessed", results.not_assessed(run, texts)),
        ("tests", results.tests_without_result(run, texts)),
        ("deviations", evidence.deviations(run, texts)),
        ("laboratory", [identity.parties(manifest, texts)]),
        ("dut", identity.device(manifest, texts, internal)),
        ("bench", identity.bench(manifest, texts, internal)),
        ("instruments", identity.instruments(manifest, texts, internal)),
        ("environment", identity.environment(manifest, texts)),
        ("run", identity.course(manifest, texts, internal)),
        ("software", identity.software(manifest, texts)),
        ("method", _method(run, texts)),
        ("safe_state", evidence.safe_state(run, texts)),
        ("configuration", configuration(run, texts)),
        ("efficiency", evidence.efficiency(run, texts)),
        ("details", details(run, texts)),
        ("budgets", budgets(run, texts)),
        ("plots", evidence.plots(run, texts)),
        ("signatures", evidence.signatures(texts)),
        ("hashes", evidence.hashes(run, texts)),
    ]
    return [section(anchor, title[anchor], blocks) for anchor, blocks in sections]


def _result(run: Run, texts: dict[str, Any], decision: Decision, issued: datetime) -> list[Block]:
    """Return what stands on page one: what failed, what is missing, which report this is."""
    blocks: list[Block] = []
    reasons = {each.id: f"{each.id} {each.title}: {each.reason.removeprefix(f'{each.id} ')}" for each in run.verdicts}
    if decision.failed:
        blocks += [heading(texts["section"]["failed"]), bullets(reasons[name] for name in decision.failed)]
    undecided = [each.id for word in UNDECIDED for each in run.verdicts if each.verdict == word and each.required]
    if undecided:
        blocks += [heading(texts["section"]["undecided"]), bullets(reasons[name] for name in undecided)]
    if decision.missing:
        blocks += [heading(texts["section"]["missing"]), bullets(decision.missing)]
    if decision.targets:
        blocks += [heading(texts["section"]["targets"]), bullets(reasons[name] for name in decision.targets)]
    if decision.remarks:
        blocks += [heading(texts["section"]["remarks"]), text(", ".join(decision.remarks) + ".")]
    return [*blocks, identity.report_pairs(run.manifest, texts, issued)]


def _method(run: Run, texts: dict[str, Any]) -> list[Block]:
    words = texts["method"]
    manifest = run.manifest
    version = words["version"].format(
        version=manifest.harness.version,
        commit=manifest.harness.commit[:12] or texts["label"]["not_stated"],
        schema=manifest.schema_version,
        requirements=len(run.catalogue),
        catalogue=manifest.files.get(schema.REQUIREMENTS, texts["label"]["not_stated"]),
    )
    rule = words[manifest.decision_rule]
    parts = (words["measured"], words["transitions"], words["filter"], words["uncertainty"], rule, words["classes"])
    return [text(part) for part in (*parts, version)]
