"""Information of single samples: what the whole-set figure is an average of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from sermi.mi import inputs
from sermi.mi.interface import MIError

if TYPE_CHECKING:
    from sermi.mi.label_critic import LabelCritic
    from sermi.mi.pair_critic import PairCritic


def label_scores(features: Any, labels: Any, critic: LabelCritic) -> np.ndarray:
    """log q(c | h) - log p(c): how much each sample speaks for its own label, in nats.

    At most -log p(c), which is log K for equal classes; 0 where the sample says nothing; negative where it speaks for
    another class. For generated samples the critic is one of real data that the generator did not train on.

    Args:
        features: h: (N, d).
        labels: c: (N,) classes 0..K-1; a single class is fine here.
        critic: from `fit_label_critic`.

    Returns:
        (N,) nats.

    Raises:
        MIError: shapes, values or classes that the critic can't judge.
    """
    log_q = critic.log_prob(features)
    codes = inputs.class_codes(labels, len(log_q), critic.n_classes, "labels")
    return log_q[np.arange(len(codes)), codes] - critic.log_prior[codes]


def pair_scores(h: Any, t: Any, critic: PairCritic) -> np.ndarray:
    """log p(h, t) / (p(h) p(t)) of each pair by a critic: how much its two sides speak for each other, in nats.

    At most log(R + 1) for the critic's R reference samples; 0 where the sides say nothing about each other; negative where
    they go together less than by chance.

    Args:
        h: (N, d) features.
        t: (N, d') features.
        critic: from `fit_pair_critic`.

    Returns:
        (N,) nats.

    Raises:
        MIError: shapes or values that the critic can't judge.
    """
    return critic.log_ratio(h, t)


def shared_label_scores(h: Any, t: Any, critic: LabelCritic, text_critic: LabelCritic) -> np.ndarray:
    """log p(h, t) / (p(h) p(t)) of pairs whose sides have nothing but the label in common, in nats.

    Label-matched pairs are such by construction, h ⊥ t | c, and then the ratio is log sum_c q(c | h) q(c | t) / p(c): no
    critic of pairs is needed, which a few hundred of them could not teach. At most -log min p(c).

    Args:
        h: (N, d) features.
        t: (N, dt) features, or (1, dt) for all of them.
        critic: of h.
        text_critic: of t, under the same prior.

    Returns:
        (N,) nats.

    Raises:
        MIError: shapes or values that the critics can't judge.
    """
    of_h, of_t = critic.log_prob(h), text_critic.log_prob(t)
    if len(of_t) not in (1, len(of_h)):
        raise MIError(f"h has {len(of_h)} samples and t has {len(of_t)}; give them in pairs, or one t for all.")
    joint = of_h + of_t - critic.log_prior
    return logsumexp(joint, axis=1)
