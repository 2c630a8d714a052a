"""The promise: of random transitions, 95 % of the true times and values lie inside what is stated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hil.waveform import Array, Extreme, Signal, peak, settling_duration

TRANSITIONS = 200
BAND = 4.0


@dataclass(frozen=True)
class Plant:
    """A voltage that goes from `begin` to `end` at t = 0 like a second order system (unit: V, s)."""

    begin: float
    end: float
    damping: float
    natural: float

    def at(self, time: Array) -> Array:
        positive = np.maximum(time, 0.0)
        ringing = self.natural * math.sqrt(1.0 - self.damping**2)
        decay = np.exp(-self.damping * self.natural * positive)
        sine = self.damping / math.sqrt(1.0 - self.damping**2) * np.sin(ringing * positive)
        return self.end + (self.begin - self.end) * decay * (np.cos(ringing * positive) + sine)

    def grid(self) -> Array:
        """Return times as fine as the truth needs, until everything has decayed."""
        return np.linspace(0.0, 12.0 / (self.damping * self.natural), 20_001)

    def settled(self) -> float:
        time = self.grid()
        outside = np.flatnonzero(np.abs(self.at(time) - self.end) > BAND)
        return float(time[outside[-1] + 1]) if len(outside) else 0.0

    def highest(self) -> float:
        return float(self.at(self.grid()).max())


def random_plant(random: np.random.Generator) -> Plant:
    begin, end = random.uniform(300.0, 380.0, 2)
    return Plant(float(begin), float(end), float(random.uniform(0.5, 0.98)), float(random.uniform(3.0, 30.0)))


def sampled(plant: Plant, random: np.random.Generator, interval: float) -> Signal:
    """Poll with jittered instants inside their intervals, by a voltmeter with a gain error within its class."""
    half_width = 0.4 * interval
    middle = np.arange(random.uniform(-1.0, -0.9), 12.0, interval)
    true = middle + random.uniform(-half_width, half_width, len(middle))
    values = plant.at(true)
    accuracy = 0.0005
    gain = 1.0 + random.uniform(-accuracy, accuracy)
    return Signal.of(middle, values * gain, "V", half_width, 2.0 / math.sqrt(3.0) * accuracy * values)


def test_true_settling_times_and_peaks_lie_within_the_stated_uncertainty() -> None:
    random = np.random.default_rng(20261121)
    times_inside = peaks_inside = narrow = 0
    for _ in range(TRANSITIONS):
        plant = random_plant(random)
        interval = float(random.uniform(0.01, 0.03))
        signal = sampled(plant, random, interval)
        settled = settling_duration(signal, plant.end - BAND, plant.end + BAND, start=0.0)
        assert settled is not None
        narrow += settled.uncertainty <= 2.0 * interval
        times_inside += abs(settled.value - plant.settled()) <= settled.uncertainty
        highest = peak(signal, Extreme.LARGEST)
        peaks_inside += abs(highest.value - plant.highest()) <= highest.uncertainty
    assert times_inside >= 0.95 * TRANSITIONS
    assert peaks_inside >= 0.95 * TRANSITIONS
    assert narrow >= 0.95 * TRANSITIONS  # the others rest on the edge of the band, within what the voltmeter can tell


def test_an_exact_voltmeter_times_within_two_sampling_intervals() -> None:
    random = np.random.default_rng(7)
    for _ in range(TRANSITIONS):
        plant = random_plant(random)
        interval = float(random.uniform(0.01, 0.1))
        middle = np.arange(-1.0, 12.0, interval)
        signal = Signal.of(middle, plant.at(middle), "V", 0.5 * interval, 0.0)
        settled = settling_duration(signal, plant.end - BAND, plant.end + BAND, start=0.0)
        assert settled is not None
        assert settled.uncertainty <= 2.0 * interval
