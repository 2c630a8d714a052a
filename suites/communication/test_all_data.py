"""COM-02 and COM-07: /all/get is one flat object with every field, and its two texts of the mode agree."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hil.converter import Answer, DriverError, Mode
from hil.converter.strictjson import NotJson, find, parse_object
from hil.running.marking import FULL, HIGHEST, OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge
from suites.communication.schema import (
    DOCUMENT_FIELDS,
    FIELDS,
    belong_together,
    knows,
    missing,
    unusable,
)

ALL = "/all/get"


def _enter(scene: Scene, mode: Mode) -> None:
    scene.stop()
    if mode is Mode.CV:
        scene.grid.dead()
        scene.reference()
    elif mode.is_current_controlled:
        scene.share(mode, scene.deal_current)


def _faults(answer: Answer[str]) -> list[tuple[str, str]]:
    """Return the limit that an answer offends and by what, for each of its faults."""
    if answer.status != 200:
        return [("faults", f"status {answer.status}")]
    try:
        tree = parse_object(answer.text)
    except NotJson as error:
        return [("faults", str(error))]
    absent = [("missing_fields", path) for path in missing(tree, FIELDS)]
    ill_typed = [("wrong_types", path) for path in unusable(tree, FIELDS)]
    documents = missing(tree, DOCUMENT_FIELDS) + unusable(tree, DOCUMENT_FIELDS)
    return [*absent, *ill_typed, *(("document_fields_missing", path) for path in documents)]


LIMITS = ("faults", "missing_fields", "wrong_types", "document_fields_missing")


@requirement("COM-02", each=0.54, fixed=8.0, volts=OPERATING, amperes=FULL)
def test_everything_comes_in_one_flat_object(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Poll /all/get in Stop, CV, CC charge and CC discharge; look at the text itself, field by field."""
    share = max(1, repetitions // len(Mode))
    for mode in Mode:
        _enter(scene, mode)
        offended: Counter[str] = Counter()
        found: dict[str, None] = {}
        for _ in range(share):
            try:
                faults = _faults(scene.converter.call(ALL))
            except DriverError as error:
                faults = [("faults", error.message)]
            offended.update({limit for limit, _ in faults})
            found.update(dict.fromkeys(f"{limit}: {what}" for limit, what in faults))
        for limit in LIMITS:
            judge.count("COM-02", limit, offended[limit], share, "; ".join([mode.name, *found]))


WALK = (
    *(Mode.STOP, Mode.CV, Mode.STOP, Mode.CHARGE, Mode.STOP, Mode.DISCHARGE, Mode.CV),
    *(Mode.CHARGE, Mode.CV, Mode.DISCHARGE, Mode.CHARGE, Mode.DISCHARGE, Mode.STOP),
)
"""Passes through each of the twelve transitions once."""
PAUSE = 0.7
"""Seconds after each transition, so that the texts are seen at rest as well."""
POLL = 0.05
"""Seconds between two polls, if the driver is that fast; otherwise it is asked without pause."""


class Texts:
    """The pairs of mode code and name that /all/get shows, polled by a worker beside the commands."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.seen: list[tuple[object, object]] = []
        self.last_error: DriverError | None = None

    def poll(self) -> None:
        """Ask once. An answer that is no object shows no texts, which is the matter of another requirement."""
        try:
            answer = self._scene.converter.call(ALL)
            tree = parse_object(answer.text)
        except DriverError as error:
            self.last_error = error
        except NotJson:
            return
        else:
            if answer.status == 200:
                self.seen.append((find(tree, "status.status"), find(tree, "status.operationMode")))

    def unknown(self) -> list[tuple[object, object]]:
        """Return the pairs in which apis-main does not know one of the texts."""
        return [pair for pair in self.seen if not knows(*pair)]

    def mismatched(self) -> list[tuple[object, object]]:
        """Return the pairs of known texts that do not belong together."""
        return [pair for pair in self.seen if knows(*pair) and not belong_together(*pair)]


@requirement("COM-07", each=19.0, fixed=1.5, volts=HIGHEST, amperes=FULL)
def test_the_texts_of_the_mode_agree_in_every_answer(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Poll /all/get without pause across all transitions and look each pair of texts up."""
    scene.grid.stiff(scene.operating_voltage)
    for number in range(repetitions):
        texts = Texts(scene)
        polling = scene.clock.every(POLL, texts.poll, "poll /all/get")
        try:
            for _, after in pairwise(WALK):
                _command(scene, after)
                scene.clock.sleep(PAUSE)
        finally:
            polling.stop()
        polling.check()
        if not texts.seen and texts.last_error is not None:
            raise texts.last_error
        for limit, pairs in (("unknown_texts", texts.unknown()), ("mismatches", texts.mismatched())):
            examples = sorted({f"{code} with {name}" for code, name in pairs})
            judge.count("COM-07", limit, len(pairs), len(texts.seen), "; ".join([f"walk {number + 1}", *examples]))


def _command(scene: Scene, mode: Mode) -> None:
    """Command a mode as one of two references on a live grid would get it: with droop in constant voltage."""
    if mode is Mode.CV:
        scene.converter.set_mode(mode, scene.operating_voltage, scene.rated_current, scene.hwconfig.droop_ratio)
    elif mode.is_current_controlled:
        scene.converter.set_mode(mode, scene.ceiling(mode), scene.deal_current, 0.0)
    else:
        scene.stop()
