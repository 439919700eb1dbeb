"""The information that features carry about a label, with scikit-learn's manners: parameters, fit, score."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from sermi.mi import inputs
from sermi.mi.interface import MIError, MIEstimate
from sermi.mi.label import LabelInformation
from sermi.mi.label_critic import LabelCritic, LabelCriticName, fit_label_critic
from sermi.mi.pointwise import label_scores


def checked_features(estimator: BaseEstimator, x: Any, *, reset: bool) -> np.ndarray:
    """x as numbers (N, d), with its names and width kept or compared; the estimators of `sermi.mi` refuse NaN themselves."""
    return validate_data(estimator, X=x, reset=reset, ensure_all_finite=False, ensure_min_samples=2 if reset else 1)


class MutualInformation(BaseEstimator):  # type: ignore[misc] # scikit-learn gives no types
    """The information that features carry about a label, in nats.

    `fit` measures it by cross-fitting and keeps a critic of all rows, by which `score` measures it on new ones.

    Parameters
    ----------
    critic : {'linear', 'selected', 'mlp'}, default='linear'
        What reads the label off the features, see `LabelInformation`.

    n_folds : int, default=5
        Of the cross-fit, 3 or more; whole groups go to a fold.

    control : bool, default=True
        Whether the same is measured on shuffled labels.

    random_state : int, default=0
        Of folds, networks and the interval. The same number gives the same figures.

    Attributes
    ----------
    estimate_ : MIEstimate
        Value, interval, ceiling and control.

    critic_ : LabelCritic
        Fitted to all rows.

    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    n_features_in_ : int
        Columns of X.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where all are strings.

    See Also
    --------
    sermi.mi.LabelInformation : The same in one call.

    sermi.PairMutualInformation : Between two sets of features.

    sermi.SermiSampler : Generates features that carry as much as real ones.

    Notes
    -----
    A lower bound, H(c) + E log q(c | x) [1]_, each row by a critic that never saw it nor its group.

    References
    ----------
    .. [1] Barber and Agakov, 2003, "The IM algorithm: a variational approach to information maximization"

    Examples
    --------
    >>> import numpy as np
    >>> from sermi import MutualInformation
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["calm", "sad"])[np.arange(300) % 2]
    >>> X = rng.normal(size=(300, 3)) + 2 * (y == "sad")[:, None]
    >>> measured = MutualInformation().fit(X[:200], y[:200])
    >>> print(str(measured.estimate_).partition("; Barber")[0])
    I ≥ 0.58 nats [0.52, 0.64]; ceiling 0.69; shuffled 0.00
    >>> 0.5 < measured.score(X[200:], y[200:]) < 0.69
    True
    """

    def __init__(
        self, *, critic: LabelCriticName = "linear", n_folds: int = 5, control: bool = True, random_state: int = 0
    ) -> None:
        self.critic = critic
        self.n_folds = n_folds
        self.control = control
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> Self:
        """Measure the information of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,)
            Labels.

        groups : array-like of shape (n_samples,), default=None
            Whose each row is; no group is both fitted to and measured on.

        Returns
        -------
        self : MutualInformation
            Itself.

        Raises
        ------
        MIError
            The input can't be measured; the message says what to change.
        """
        if y is None:
            raise MIError(
                "MutualInformation requires y to be passed, but the target y is None; give a label for each row."
            )
        X = checked_features(self, X, reset=True)
        estimator = LabelInformation(self.critic, n_folds=self.n_folds, seed=self.random_state, control=self.control)
        self.estimate_: MIEstimate = estimator.estimate(X, y, groups)
        self.classes_, codes = inputs.labels(y)
        self.critic_: LabelCritic = fit_label_critic(
            X, codes, groups, critic=self.critic, n_classes=len(self.classes_), seed=self.random_state
        )
        return self

    def score(self, X: Any, y: Any) -> float:
        """Information of other rows, in nats: the mean of `pointwise`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,)
            Labels, among `classes_`.

        Returns
        -------
        score : float
            At most the entropy of the labels where they come as often as in training, else their cross-entropy under the
            shares of training; 0 or less where the critic reads nothing.
        """
        return float(self.pointwise(X, y).mean())

    def pointwise(self, X: Any, y: Any) -> np.ndarray:
        """How much each row speaks for its label, log q(c | x) - log p(c) in nats.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,)
            Labels, among `classes_`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Nats.
        """
        check_is_fitted(self)
        X = checked_features(self, X, reset=False)
        labels = inputs.array(y)
        try:
            codes = np.searchsorted(self.classes_, labels).clip(max=len(self.classes_) - 1)
        except TypeError as error:
            raise MIError("y mixes names with numbers or empty values; give one kind of label.") from error
        unknown = labels[self.classes_[codes] != labels]
        if len(unknown):
            raise MIError(f"The label {unknown[0]} was not among those that were fitted; score rows of those.")
        return label_scores(X, codes, self.critic_)
