"""The information that two sets of features carry about each other, with scikit-learn's manners: parameters, fit, score."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sermi.mi.critics import CriticName
from sermi.mi.fit_score import checked_features
from sermi.mi.fitting import BoundName, Training
from sermi.mi.interface import MIError, MIEstimate
from sermi.mi.pair import PairInformation
from sermi.mi.pair_critic import PairCritic, fit_pair_critic
from sermi.mi.pointwise import pair_scores


class PairMutualInformation(BaseEstimator):  # type: ignore[misc] # scikit-learn gives no types
    """The information that two sets of features carry about each other, in nats, by a trained critic.

    Parameters
    ----------
    bound : {'infonce', 'nwj', 'mine', 'smile'}, default='infonce'
        What the critic is trained towards and measured by, see `PairInformation`.

    critic : {'separable', 'concatenated', 'bilinear'}, default='separable'
        Its form.

    max_steps : int, default=4000
        Of its training at most; it ends by itself once pairs left out gain nothing.

    control : bool, default=True
        Whether the same is measured on shuffled pairs.

    random_state : int, default=0
        Of splits, weights, batches and the interval. The same number gives the same figures.

    Attributes
    ----------
    estimate_ : MIEstimate
        Value, interval, ceiling and control, on a quarter of the pairs that the critic didn't see.

    critic_ : PairCritic
        Fitted to all pairs.

    n_features_in_ : int
        Columns of X.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where all are strings.

    See Also
    --------
    sermi.mi.PairInformation : The same in one call, with more options.

    sermi.MutualInformation : About a label.

    Examples
    --------
    >>> import numpy as np
    >>> from sermi import PairMutualInformation
    >>> x = np.random.default_rng(0).normal(size=(400, 2))
    >>> y = x + 0.5 * np.random.default_rng(1).normal(size=(400, 2))
    >>> measured = PairMutualInformation(max_steps=100, control=False).fit(x[:300], y[:300])
    >>> 0.5 < measured.score(x[300:], y[300:]) < 1.7  # 1.61 between the Gaussians
    True
    """

    def __init__(
        self,
        *,
        bound: BoundName = "infonce",
        critic: CriticName = "separable",
        max_steps: int = 4000,
        control: bool = True,
        random_state: int = 0,
    ) -> None:
        self.bound = bound
        self.critic = critic
        self.max_steps = max_steps
        self.control = control
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> Self:
        """Measure the information between pairs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples, n_other_features)
            The other features of each row.

        groups : array-like of shape (n_samples,), default=None
            Whose each pair is; no group is both fitted to and measured on.

        Returns
        -------
        self : PairMutualInformation
            Itself.

        Raises
        ------
        MIError
            The input can't be measured; the message says what to change.
        """
        if y is None:
            raise MIError("PairMutualInformation requires y to be passed, but the target y is None; give pairs.")
        X = checked_features(self, X, reset=True)
        options: dict[str, Any] = {
            "bound": self.bound,
            "critic": self.critic,
            "seed": self.random_state,
            "training": Training(max_steps=self.max_steps),
        }
        estimator = PairInformation(control=self.control, **options)
        self.estimate_: MIEstimate = estimator.estimate(X, y, groups)
        self.critic_: PairCritic = fit_pair_critic(X, y, groups, **options)
        return self

    def score(self, X: Any, y: Any) -> float:
        """Information between other pairs, in nats: the mean of `pointwise`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples, n_other_features)
            The other features of each row.

        Returns
        -------
        score : float
            Nats; 0 or less where the critic reads nothing.
        """
        return float(self.pointwise(X, y).mean())

    def pointwise(self, X: Any, y: Any) -> np.ndarray:
        """How much the two sides of each pair speak for each other, in nats.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples, n_other_features)
            The other features of each row.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Nats.
        """
        check_is_fitted(self)
        X = checked_features(self, X, reset=False)
        return pair_scores(X, y, self.critic_)
