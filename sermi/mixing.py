"""A recording's channels to one: a first pass measures, and keeps what is short; a second streams what is long."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from sermi.decode import Block

FRAME_S = 0.025
"""Of what is measured frame by frame."""
_AT_ONCE = 1 << 15
"""Samples: packets have some hundred only."""
_FULL_SCALE = 0.999
_CANCELLED = 0.5
"""The loudest of N channels puts 1/N² of its power into their mean; with less than this share of it left, others cancel it."""


@dataclass
class Mix:
    """One channel of samples, mixed block by block, and what of the others it takes to see whether they cancel."""

    limit_s: float
    """Seconds that are used."""
    kept_s: float
    """Samples of a recording longer than this are measured, not kept."""
    channel: int | None = None
    """The one that is taken; None for the mean of all."""
    parts: list[np.ndarray] = field(default_factory=list)
    """The samples, where they are kept."""
    n: int = 0
    rate: int = 1
    is_float: bool = False
    is_cut: bool = False
    """Whether there is more than is used."""
    n_full_scale: int = 0
    lost_s: float = 0.0
    damage: str = ""
    """What ended the decoding too early."""
    _moments: np.ndarray | float = 0.0
    """(2, channels) sums of the samples and of their squares."""
    _frames: list[np.ndarray] = field(default_factory=list)
    _tail: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def is_kept(self) -> bool:
        """Whether `parts` are all samples."""
        return self.n <= self.kept_s * self.rate

    def add(self, block: Block) -> None:
        """Take a block in, or as much of it as is used."""
        self.rate, self.is_float = block.rate, block.is_float
        self.lost_s += block.lost_s
        samples = block.samples[: max(0, int(self.limit_s * self.rate) - self.n)]
        self.is_cut |= len(samples) < len(block.samples)
        if not len(samples):
            return
        if samples.shape[1] > 1:
            self._moments = self._moments + np.stack(
                [samples.sum(0, np.float64), np.square(samples, dtype=np.float64).sum(0)]
            )
        mono = self.mixed(samples)
        self.n += len(mono)
        self.n_full_scale += int(np.count_nonzero(np.abs(mono) >= _FULL_SCALE))
        self.parts.append(mono)
        if not self.is_kept:
            self.parts.clear()
        mono = np.concatenate([self._tail, mono])
        whole = len(mono) // self._frame_length * self._frame_length
        self._frames.append(_measured(mono[:whole].reshape(-1, self._frame_length)))
        self._tail = mono[whole:]

    def mixed(self, samples: np.ndarray) -> np.ndarray:
        """(n, channels) -> (n,)."""
        return samples.mean(axis=1) if self.channel is None else samples[:, self.channel]

    @property
    def frames(self) -> np.ndarray:
        """(4, F) float64: lowest, highest, mean and mean square of each 25 ms, the last of which may be shorter."""
        last = [_measured(self._tail[None])] if len(self._tail) else []
        return np.concatenate([*self._frames, *last], axis=1)

    @property
    def mean(self) -> float:
        """Of all samples."""
        return self._average(2)

    def loudest_of_cancelled(self) -> int | None:
        """The loudest channel where the others cancel it in the mean, as in opposite phase; else None."""
        if not isinstance(self._moments, np.ndarray):
            return None
        power = self._moments[1] - np.square(self._moments[0]) / self.n  # offsets aside
        loudest = int(power.argmax())
        left_over = self._average(3) * self.n - np.square(self.mean) * self.n
        return loudest if left_over < _CANCELLED * power[loudest] / len(power) ** 2 else None

    def _average(self, row: int) -> float:
        """Over all samples, of one of the last two rows of `frames`."""
        values = self.frames[row]
        sizes = np.full(len(values), self._frame_length)
        sizes[-1] = self.n - sizes[:-1].sum()
        return float(sizes @ values / self.n)

    @property
    def _frame_length(self) -> int:
        return max(1, round(FRAME_S * self.rate))


def coalesced(blocks: Iterable[Block]) -> Generator[Block]:
    """The same samples in larger blocks; what was decoded before an error comes before it."""
    waiting: list[Block] = []
    failure: Exception | None = None
    try:
        for block in blocks:
            waiting.append(block)
            if sum(len(each.samples) for each in waiting) >= _AT_ONCE:
                yield _joined(waiting)
                waiting = []
    except Exception as error:
        failure = error
    if waiting:
        yield _joined(waiting)
    if failure is not None:
        raise failure


def resampled(
    blocks: Iterable[Block], mix: Mix, rate: int, *, offset: np.float32, gain: np.float32
) -> Iterator[np.ndarray]:
    """The samples that a mix has measured, at another rate and in [-1, 1].

    Args:
        blocks: as the mix had them.
        mix: says which channel, and how many samples.
        rate: samples a second of the result (Hz).
        offset: taken off each sample.
        gain: factor on each sample thereafter.

    Yields:
        (n,) float32, each `mix.kept_s` seconds long but for the last.
    """
    size, waiting = round(mix.kept_s * rate), [np.zeros(0, np.float32)]
    for part in _converted(blocks, mix, rate):
        waiting.append(np.clip((part - offset) * gain, -1.0, 1.0))
        while sum(map(len, waiting)) >= size:
            joined = np.concatenate(waiting)
            yield joined[:size]
            waiting = [joined[size:]]
    if any(map(len, waiting)):
        yield np.concatenate(waiting)


def _converted(blocks: Iterable[Block], mix: Mix, rate: int) -> Iterator[np.ndarray]:
    """One channel at another rate."""
    import soxr

    stream = soxr.ResampleStream(mix.rate, rate, 1, dtype="float32", quality="HQ")
    left = mix.n
    for block in blocks:
        mono = mix.mixed(block.samples[:left])
        left -= len(mono)
        yield mono if mix.rate == rate else stream.resample_chunk(np.ascontiguousarray(mono), last=left == 0)
        if left == 0:
            return


def _joined(blocks: list[Block]) -> Block:
    samples = np.concatenate([block.samples for block in blocks])
    return blocks[-1]._replace(samples=samples, lost_s=sum(block.lost_s for block in blocks))


def _measured(frames: np.ndarray) -> np.ndarray:
    """(F, samples) -> (4, F)."""
    with np.errstate(invalid="ignore"):  # what is no number is refused later
        mean, square = frames.mean(axis=1, dtype=np.float64), np.square(frames, dtype=np.float64).mean(axis=1)
    return np.stack([frames.min(axis=1), frames.max(axis=1), mean, square])
