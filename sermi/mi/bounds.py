"""Variational bounds of mutual information as pure, differentiable functions of scores. All in nats.

A score matrix holds f(x_i, y_j) for a batch of B pairs: joint pairs on the diagonal, pairs of independent samples off it.
Which f is best differs: for InfoNCE, Donsker-Varadhan, MINE, SMILE and the Jensen-Shannon objective it is the log density
ratio r(x, y) = log p(x, y) / (p(x) p(y)), up to what the bound can't see; for NWJ it is 1 + r; CLUB and Barber-Agakov
take log-probabilities.

References:
    [BA] Barber and Agakov 2003, "The IM Algorithm: a variational approach to Information Maximization".
    [NWJ] Nguyen, Wainwright and Jordan 2010, "Estimating divergence functionals and the likelihood ratio by convex risk
        minimization".
    [MINE] Belghazi et al. 2018, "Mutual Information Neural Estimation".
    [CPC] van den Oord, Li and Vinyals 2018, "Representation Learning with Contrastive Predictive Coding".
    [DIM] Hjelm et al. 2019, "Learning deep representations by mutual information estimation and maximization".
    [VB] Poole et al. 2019, "On Variational Bounds of Mutual Information".
    [SMILE] Song and Ermon 2020, "Understanding the Limitations of Variational Mutual Information Estimators".
    [CLUB] Cheng et al. 2020, "CLUB: A Contrastive Log-ratio Upper Bound of Mutual Information".
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor


def info_nce(scores: Tensor, *, symmetric: bool = False) -> Tensor:
    """InfoNCE: mean_i [f_ii - log (1/B) sum_j exp f_ij]. Lower bound, never above log B.

    The sum includes the positive pair; without it the value could pass log B and would bound nothing. [CPC] eq. 4 and
    section 2.3, [VB] section 2.3.

    Args:
        scores: (B, B).
        symmetric: the mean of this and of the same over columns, so that neither side is only ever the candidate.

    Returns:
        () nats.

    >>> round(info_nce(100 * torch.eye(8)).item(), 4), round(math.log(8), 4)
    (2.0794, 2.0794)
    """
    joint, log_size = scores.diagonal(), math.log(len(scores))
    rows = (joint - scores.logsumexp(dim=1)).mean() + log_size
    if not symmetric:
        return rows
    return (rows + (joint - scores.logsumexp(dim=0)).mean() + log_size) / 2


def nwj(scores: Tensor) -> Tensor:
    """NWJ: E_joint[f] - e^-1 E_product[exp f]. Lower bound, unbiased in the batch, with variance that grows as e^I.

    [NWJ] lemma 1; in this form [VB] section 2.2 (also called f-GAN KL and MINE-f). The best critic is 1 + log ratio.

    Args:
        scores: (B, B), B >= 2.

    Returns:
        () nats.

    >>> nwj(torch.ones(4, 4)).item()
    0.0
    """
    return scores.diagonal().mean() - torch.exp(log_mean_product(scores) - 1)


def donsker_varadhan(scores: Tensor) -> Tensor:
    """Donsker-Varadhan: E_joint[f] - log E_product[exp f]. A lower bound only with the exact expectation.

    From a batch the logarithm of a mean is too small on average, so the value errs upwards ([VB] section 2.2).
    [MINE] theorem 1.

    Args:
        scores: (B, B), B >= 2.

    Returns:
        () nats.
    """
    return scores.diagonal().mean() - log_mean_product(scores)


def mine(scores: Tensor, log_average: Tensor | None = None, *, decay: float = 0.99) -> tuple[Tensor, Tensor]:
    """MINE: the value of Donsker-Varadhan, with a gradient whose denominator is a moving average over batches.

    Within a batch the gradient of the log of a mean is biased; dividing by an average of exp f over many batches takes most
    of that away ([MINE] eq. 12). The average is kept as a logarithm, so that large scores don't overflow.

    Args:
        scores: (B, B), B >= 2.
        log_average: () what the last call returned; None at the first.
        decay: share of the old average.

    Returns:
        () nats, the raw value with the corrected gradient; and () the new log average.
    """
    log_mean = log_mean_product(scores)
    batch = log_mean.detach()
    updated = (
        batch if log_average is None else torch.logaddexp(log_average + math.log(decay), batch + math.log1p(-decay))
    )
    surrogate = scores.diagonal().mean() - torch.exp(log_mean - updated)
    value = scores.diagonal().mean().detach() - batch
    return value + (surrogate - surrogate.detach()), updated


def smile(scores: Tensor, *, clip: float = 5.0) -> Tensor:
    """SMILE: Donsker-Varadhan with the product's density ratio kept within [e^-clip, e^clip]. An estimate, not a bound.

    Clipping trades variance for a bias upwards once ratios beyond e^clip matter. [SMILE] section 5; critics are trained on
    `jensen_shannon`, whose best critic is the log ratio that this needs.

    Args:
        scores: (B, B), B >= 2.
        clip: τ.

    Returns:
        () nats.
    """
    return scores.diagonal().mean() - log_mean_product(scores.clamp(-clip, clip))


def jensen_shannon(scores: Tensor) -> Tensor:
    """Jensen-Shannon objective: E_joint[-softplus(-f)] - E_product[softplus(f)]. For training only, not MI in nats.

    Twice the Jensen-Shannon divergence less log 4 at its maximum, which lies at f = log ratio; steadier than the KL
    bounds. [DIM] eq. 4.

    Args:
        scores: (B, B), B >= 2.

    Returns:
        (), at most 0.
    """
    joint = -F.softplus(-scores.diagonal()).mean()
    return joint - F.softplus(_off_diagonal(scores)).mean()


def barber_agakov(log_q: Tensor, labels: Tensor, log_prior: Tensor) -> Tensor:
    """Barber-Agakov: H(c) + mean_i log q(c_i | x_i). Lower bound, never above H(c).

    [BA]; as InfoGAN's regulariser: Chen et al. 2016, eq. 5.

    Args:
        log_q: (B, K) log-probabilities of the classes given x.
        labels: (B,) int64 classes.
        log_prior: (K,) log p(c), which gives H(c).

    Returns:
        () nats.

    >>> certain = torch.log_softmax(100 * torch.eye(2), dim=1)
    >>> round(barber_agakov(certain, torch.tensor([0, 1]), torch.tensor([0.5, 0.5]).log()).item(), 4)
    0.6931
    """
    entropy = -torch.xlogy(log_prior.exp(), log_prior.exp()).sum()
    return entropy + log_q.gather(1, labels[:, None]).mean()


def club(log_q: Tensor) -> Tensor:
    """CLUB: mean_i log q(y_i | x_i) - mean_ij log q(y_j | x_i). Upper bound if q is the true conditional; for minimising.

    [CLUB] sections 3.1 (the true conditional) and 3.2 (a variational one), over all B² pairs.

    Args:
        log_q: (B, B), log q(y_j | x_i) in row i, column j.

    Returns:
        () nats.
    """
    return log_q.diagonal().mean() - log_q.mean()


def log_mean_product(scores: Tensor) -> Tensor:
    """log of the mean of exp f over the B (B - 1) pairs off the diagonal: (B, B) -> ()."""
    off = _off_diagonal(scores)
    return off.flatten().logsumexp(dim=0) - math.log(off.numel())


def _off_diagonal(scores: Tensor) -> Tensor:
    """(B, B) -> (B - 1, B): dropping the first element leaves a diagonal in the last column of rows one longer."""
    size = len(scores)
    if size < 2:
        raise ValueError("Pairs of independent samples need a batch of at least two.")
    return scores.flatten()[1:].view(size - 1, size + 1)[:, :-1]
