"""Published counts of corpora that few may pass on, so that a wrong or incomplete copy is noticed in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd


@dataclass(frozen=True)
class Counts:
    """How many utterances a corpus was published with."""

    utterances: int
    """All that are labelled."""
    parts: Mapping[str, int]
    """Of those that are kept, by the corpus's own division."""
    emotions: Mapping[str, int]
    """Of those that are kept, by canonical name."""
    why: str
    """What a difference usually comes from."""


PUBLISHED: Mapping[str, Counts] = MappingProxyType(
    {
        # Busso et al., Language Resources and Evaluation 42, 2008; kept ones as in all four-class experiments since
        "iemocap": Counts(
            10_039,
            {"session1": 1_085, "session2": 1_023, "session3": 1_151, "session4": 1_031, "session5": 1_241},
            {"angry": 1_103, "happy": 1_636, "neutral": 1_708, "sad": 1_084},
            "a session or dialogue may be missing from this copy, or its labels may have been edited",
        ),
        # Busso et al., IEEE Transactions on Affective Computing 8(1), 2017
        "msp_improv": Counts(
            8_438,
            {},
            {"angry": 792, "happy": 2_644, "neutral": 3_477, "sad": 885},
            "a session may be missing from this copy, or its labels may be of another release",
        ),
        # Haq and Jackson, AVSP 2009
        "savee": Counts(
            480,
            {},
            {"angry": 60, "disgust": 60, "fearful": 60, "happy": 60, "neutral": 120, "sad": 60, "surprised": 60},
            "a speaker may be missing from this copy",
        ),
    }
)
"""MSP-Podcast grows with every release, so it has no counts here."""


def check_counts(name: str, table: pd.DataFrame) -> list[str]:
    """A sentence for each published count that a reader's table misses; nothing for a corpus without any."""
    published = PUBLISHED.get(name)
    if published is None:
        return []
    n_labelled = len(table) + sum(table.attrs.get("left_out", {}).values())
    pairs = {"utterances in all": (n_labelled, published.utterances)}
    for column, counts in (("part", published.parts), ("emotion", published.emotions)):
        pairs |= {value: (int((table[column] == value).sum()), count) for value, count in counts.items()}
    pairs["utterances kept"] = (len(table), sum(published.emotions.values()))
    wrong = {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}
    if not wrong:
        return []
    listed = "; ".join(
        f"{what} {count:,}, published {expected:,} ({count - expected:+,})" for what, (count, expected) in wrong.items()
    )
    return [f"{name} differs from the published counts: {listed}; {published.why}."]
