"""The converter's own meters: filter, refresh, errors, noise, quantisation."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor

from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.faults import Channel
from hil.virtual.plant.noise import normal
from hil.virtual.plant.scaling import Scaling

_CHANNELS: tuple[Channel, ...] = ("vg", "ig", "vb", "ib", "wg", "wb", "tmp")
_FIRST_STREAM = 100
_ON_TIME = 1e-6


@dataclass(frozen=True)
class Meters:
    """What the unit shows: V, A, W, degree Celsius; currents and powers positive while charging."""

    vg: float
    ig: float
    vb: float
    ib: float
    wg: float
    wb: float
    tmp: float


class MeterChain:
    """First-order filters, sampled at multiples of the refresh period."""

    def __init__(self, parameters: ConverterParameters, seed: int) -> None:
        meters, faults = parameters.meters, parameters.faults.meters
        self._faults = faults
        self._seed = seed
        self._scaling = Scaling(parameters.ratings)
        self._time_constant = meters.time_constant + faults.time_constant
        self._refresh = meters.refresh + faults.refresh
        self._gain = {
            channel: (1.0 + meters.gain_error.get(channel, 0.0)) * (1.0 + faults.gain.get(channel, 0.0))
            for channel in _CHANNELS
        }
        self._offset = {
            channel: meters.offset.get(channel, 0.0) + faults.offset.get(channel, 0.0) for channel in _CHANNELS
        }
        self._noise = {
            channel: (meters.noise.get(channel, 0.0) ** 2 + faults.noise.get(channel, 0.0) ** 2) ** 0.5
            for channel in _CHANNELS
        }
        self._vg = self._ig = self._vb = self._ib = self._tmp = 0.0
        self._index = 0
        self._sampled = (0.0,) * 7
        self._kept: dict[str, float] = {}
        self._decay_step = 0.0
        self._decay = 1.0
        self.settled = False

    def advance(self, time: float, step: float, vg: float, ig: float, vb: float, ib: float, tmp: float) -> None:
        """Filter the true values, held over the `step` that ended at `time`; sample when a refresh lies in it."""
        if step != self._decay_step:
            self._decay_step = step
            self._decay = exp(-step / self._time_constant)
        index = floor(time / self._refresh + _ON_TIME)
        if index != self._index:
            self._index = index
            before = exp(-max(0.0, index * self._refresh - (time - step)) / self._time_constant)
            f_vg, f_ig = vg + (self._vg - vg) * before, ig + (self._ig - ig) * before
            f_vb, f_ib = vb + (self._vb - vb) * before, ib + (self._ib - ib) * before
            self._sampled = (f_vg, f_ig, f_vb, f_ib, f_vg * f_ig, f_vb * f_ib, tmp)
        decay = self._decay
        self._vg = vg + (self._vg - vg) * decay
        self._ig = ig + (self._ig - ig) * decay
        self._vb = vb + (self._vb - vb) * decay
        self._ib = ib + (self._ib - ib) * decay
        self._tmp = tmp

    def preset(self, time: float, vg: float, ig: float, vb: float, ib: float, tmp: float) -> None:
        """Begin at the true values, as after booting."""
        self._vg, self._ig, self._vb, self._ib, self._tmp = vg, ig, vb, ib, tmp
        self._index = floor(time / self._refresh + _ON_TIME)
        self._sampled = (vg, ig, vb, ib, vg * ig, vb * ib, tmp)
        self._kept = {}

    def read(self, up_time: float, running: bool, shown_vg: float | None, shown_ig: float | None) -> Meters:
        """Return what the unit shows. `shown_*` replace the measured value where a fault wants the set-point."""
        values = dict(zip(_CHANNELS, self._sampled, strict=True))
        if self._faults.shows_setpoint:
            values["vg"] = values["vg"] if shown_vg is None else shown_vg
            values["ig"] = values["ig"] if shown_ig is None else shown_ig
        shown: dict[str, float] = {}
        for stream, (channel, value) in enumerate(values.items()):
            value = value * self._gain[channel] + self._offset[channel]
            if self._noise[channel]:
                value += self._noise[channel] * normal(self._seed, _FIRST_STREAM + stream, self._index)
            if channel in self._faults.inverted:
                value = -value
            shown[channel] = self._scaling.quantise(channel, value)
        if abs(shown["ig"]) < self._faults.blind_below:
            shown["ig"] = 0.0
        self._freeze(shown, up_time, running)
        return Meters(**shown)

    def _freeze(self, shown: dict[str, float], up_time: float, running: bool) -> None:
        faults = self._faults
        if up_time < faults.freeze_after or (faults.freeze_in_transfer and not running):
            self._kept = {}
            return
        for channel in faults.frozen:
            shown[channel] = self._kept.setdefault(channel, shown[channel])
