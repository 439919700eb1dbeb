"""What a comparison shows in words: whether to use generated rows, and when not to."""

from __future__ import annotations

from dataclasses import dataclass

from sermi.own_features.gains import Gain, Gains
from sermi.own_features.resamplers import NONE, SERMI


@dataclass(frozen=True)
class Words:
    """A headline, and sentences that it rests on."""

    headline: str
    sentences: tuple[str, ...]


def points(gain: tuple[float, float, float]) -> str:
    """A gain in UA with its interval, in points.

    >>> points((0.021, -0.004, 0.046))
    '+2.1 (-0.4 to +4.6)'
    """
    mean, low, high = (f"{round(100 * value, 1) + 0.0:+.1f}" for value in gain)
    return f"{mean} ({low} to {high})"


def words(gains: Gains) -> Words:
    """The verdict on SERMI's rows. Every sentence follows from the intervals, and none says more than they do."""
    sermi = gains.by_name[SERMI]
    others = [gain for name, gain in gains.by_name.items() if name not in (NONE, SERMI)]
    figure = points((sermi.gain, *sermi.gain_interval))
    if sermi.gain_interval[0] > 0:
        headline, first = _higher(others), f"SERMI's rows raised UA by {figure} points over real rows alone."
    elif sermi.gain_interval[1] < 0:
        headline = "Don't use SERMI's rows here"
        first = f"SERMI's rows lowered UA by {figure} points against real rows alone."
    else:
        helping = max((gain for gain in others if gain.gain_interval[0] > 0), key=lambda gain: gain.gain, default=None)
        headline = "No gain is shown: stay with real rows alone"
        if helping is not None:
            headline = f"No gain by SERMI is shown; {helping.title} helps"
        first = f"SERMI's rows changed UA by {figure} points, an interval that holds 0."
    return Words(headline, (first, *_beside(others), *_caveats(gains)))


def _higher(others: list[Gain]) -> str:
    if any(gain.behind_sermi is not None and gain.behind_sermi[2] < 0 for gain in others):
        return "Generated rows help here, and another way helps more"
    if any(gain.behind_sermi is not None and gain.behind_sermi[1] <= 0 for gain in others):
        return "Generated rows help here; a simpler way may help as much"
    return "SERMI's rows help here, more than every other way that was tried"


def _beside(others: list[Gain]) -> list[str]:
    """How SERMI stands beside each other way, those alike in one sentence."""
    better = [gain for gain in others if gain.behind_sermi and gain.behind_sermi[2] < 0]
    worse = [gain for gain in others if gain.behind_sermi and gain.behind_sermi[1] > 0]
    open_ = [gain for gain in others if gain.behind_sermi and gain not in better and gain not in worse]
    sentences = []
    for which, judgement in (
        (better, "Better than SERMI, so that you should prefer it"),
        (open_, "Not to be told apart from SERMI by these splits, so that the simplest of them is the safer choice"),
        (worse, "Worse than SERMI"),
    ):
        if which:
            listed = ", ".join(f"{gain.title} {points((gain.gain, *gain.gain_interval))}" for gain in which)
            sentences.append(f"{judgement}: {listed}.")
    return sentences


def _caveats(gains: Gains) -> list[str]:
    caveats = []
    if not gains.by_group:
        caveats.append(
            "No groups were given, so rows of one speaker may have been trained on and tested: the figures then flatter. Give "
            "the speakers' column."
        )
    if gains.design.n_units < 8:
        caveats.append(
            f"Only {gains.design.n_units} groups were held out in turn; others may differ more than the intervals say."
        )
    caveats.append(
        f"It holds for {gains.classifier} on features scaled by the training rows; another classifier may gain more, less or "
        "nothing."
    )
    return caveats
