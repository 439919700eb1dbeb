"""Mutual information between features and labels and between two sets of features, measured honestly. All in nats.

Estimators share one call, `estimate(x, y, groups=None) -> MIEstimate`; bounds are pure differentiable functions of
scores, which a model may also train on; `label_scores` and `pair_scores` judge single samples.
"""

from sermi.mi.bounds import (
    barber_agakov,
    club,
    donsker_varadhan,
    info_nce,
    jensen_shannon,
    mine,
    nwj,
    smile,
)
from sermi.mi.critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
from sermi.mi.fitting import FittedCritic, Training, fit_critic
from sermi.mi.interface import Estimator, MIError, MIEstimate
from sermi.mi.label import LabelInformation, evaluate_label_critic
from sermi.mi.label_critic import LabelCritic, fit_label_critic
from sermi.mi.neighbours import NearestNeighbourInformation
from sermi.mi.pair import PairInformation
from sermi.mi.pair_critic import PairCritic, fit_pair_critic
from sermi.mi.pointwise import label_scores, pair_scores, shared_label_scores

__all__ = [
    "BilinearCritic",
    "ConcatenatedCritic",
    "Estimator",
    "FittedCritic",
    "LabelCritic",
    "LabelInformation",
    "MIError",
    "MIEstimate",
    "NearestNeighbourInformation",
    "PairCritic",
    "PairInformation",
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
    "pair_scores",
    "shared_label_scores",
    "smile",
]
