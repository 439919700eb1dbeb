"""Mutual information between features and labels and between two sets of features, measured honestly. All in nats.

Estimators share one call, `estimate(x, y, groups=None) -> MIEstimate`; bounds are pure differentiable functions of
scores, which a model may also train on; `label_scores` and `pair_scores` judge single samples. `MutualInformation` and
`PairMutualInformation` have scikit-learn's manners instead: parameters, fit, score.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sermi.mi.interface import Estimator, MIError, MIEstimate
from sermi.mi.label import LabelInformation, evaluate_label_critic
from sermi.mi.label_critic import LabelCritic, fit_label_critic
from sermi.mi.neighbours import NearestNeighbourInformation
from sermi.mi.pointwise import label_scores, pair_scores, shared_label_scores

if TYPE_CHECKING:
    from sermi.mi.bounds import barber_agakov, club, donsker_varadhan, info_nce, jensen_shannon, mine, nwj, smile
    from sermi.mi.critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
    from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
    from sermi.mi.fit_score import MutualInformation
    from sermi.mi.fit_score_pairs import PairMutualInformation
    from sermi.mi.fitting import FittedCritic, Training, fit_critic
    from sermi.mi.pair import PairInformation
    from sermi.mi.pair_critic import PairCritic, fit_pair_critic

__all__ = [
    "BilinearCritic",
    "ConcatenatedCritic",
    "Estimator",
    "FittedCritic",
    "LabelCritic",
    "LabelInformation",
    "MIError",
    "MIEstimate",
    "MutualInformation",
    "NearestNeighbourInformation",
    "PairCritic",
    "PairInformation",
    "PairMutualInformation",
    "SeparableCritic",
    "Training",
    "barber_agakov",
    "club",
    "donsker_varadhan",
    "evaluate_label_critic",
    "fit_critic",
    "fit_label_critic",
    "fit_pair_critic",
    "info_nce",
    "jensen_shannon",
    "label_scores",
    "mine",
    "nwj",
    "pair_information_by_emotion",
    "pair_scores",
    "shared_label_scores",
    "smile",
    "speaker_disjoint_information",
]

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        name: module
        for module, names in {
            "bounds": (
                "barber_agakov",
                "club",
                "donsker_varadhan",
                "info_nce",
                "jensen_shannon",
                "mine",
                "nwj",
                "smile",
            ),
            "critics": ("BilinearCritic", "ConcatenatedCritic", "SeparableCritic"),
            "discriminant": ("pair_information_by_emotion", "speaker_disjoint_information"),
            "fitting": ("FittedCritic", "Training", "fit_critic"),
            "fit_score": ("MutualInformation",),
            "fit_score_pairs": ("PairMutualInformation",),
            "pair": ("PairInformation",),
            "pair_critic": ("PairCritic", "fit_pair_critic"),
        }.items()
        for name in names
    }
)
"""Where the names are that need PyTorch, which takes a second to import and which neighbours and linear critics do without, or
scikit-learn, which brings pandas along."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
