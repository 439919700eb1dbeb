"""The generator as a sampler of imbalanced-learn: a table and its labels in, the same with generated rows below it out."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np

from sermi.augment.frames import joined, joined_labels
from sermi.augment.given import checked_rows, checked_table, codes_of
from sermi.augment.table import TableGenerator, fit_table
from sermi.errors import SermiError, needs_extra
from sermi.stats.threads import single_threaded

try:
    from imblearn.over_sampling.base import BaseOverSampler
    from imblearn.utils import check_sampling_strategy
except ModuleNotFoundError as error:
    raise SermiError(needs_extra("imblearn", "augment")) from error
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

_BALANCED = ("auto", "all")
"""Strategies under which all classes come out equally large, and larger than they were."""
_MAX_SEED = 2**31 - 1


class SermiSampler(BaseOverSampler):
    """Over-sample with a generator of features that is regularised by their mutual information with the label.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default='auto'
        What comes out.

        - 'auto' and 'all': as many rows of every class as the largest class has, and then `ratio` times as many again.
        - 'minority', 'not minority', 'not majority': the classes named get as many rows as the largest has.
        - float: the rows of the smaller of two classes over those of the larger one.
        - dict: how many rows of each class named there will be, real and generated.
        - callable: a function of y that gives such a dict.

    ratio : float, default=1.0
        Rows generated of every class on top of balance, for each row of the largest class. 0 balances and nothing else. Only
        where `sampling_strategy` is 'auto' or 'all'.

    regulariser : {'match', 'maximise', 'off'}, default='match'
        What becomes of the information about the label that generated rows carry: as much as real rows carry on groups left
        out, as much as can be, or whatever comes.

    n_components : int, default=None
        Most leading components of the columns that the generator works in. None for as many as the rows allow, at most 100.

    tune : bool, default=False
        Whether `ratio` and `regulariser` are chosen by cross-validation of a logistic regression, over groups where there are
        any. What is chosen is in `tuning_`.

    steps : int, default=None
        Of training; None for what the generator is trained by itself.

    random_state : int, RandomState instance or None, default=None
        The same number gives the same rows.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many rows were generated of each class.

    classes_ : ndarray of shape (n_classes,)
        The labels.

    generator_ : TableGenerator
        The trained generator and the space of features that it works in.

    n_features_in_ : int
        Columns of X.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names and all are strings.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "ratio": [Interval(Real, 0, None, closed="left")],
        "regulariser": [StrOptions({"match", "maximise", "off"})],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "tune": ["boolean"],
        "steps": [Interval(Integral, 0, None, closed="left"), None],
    }

    classes_: np.ndarray
    generator_: TableGenerator
    sampling_strategy_: dict[Any, int]

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        ratio: float = 1.0,
        regulariser: Any = "match",
        n_components: int | None = None,
        tune: bool = False,
        steps: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.ratio = ratio
        self.regulariser = regulariser
        self.n_components = n_components
        self.tune = tune
        self.steps = steps
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Any = None, text: Any = None, sample_weight: Any = None) -> Self:
        """Train the generator and generate nothing yet.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers: integers, fractions, booleans.

        y : array-like of shape (n_samples,)
            Labels, each at least twice.

        groups : array-like of shape (n_samples,), default=None
            Whose each row is: speakers or other units that depend on each other.

        text : array-like of shape (n_samples, n_text_features), default=None
            Features of the words of each row.

        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts within its class; rows of weight 0 aren't learnt from.

        Returns
        -------
        self : SermiSampler
            Itself.
        """
        self._train(X, y, groups, text, sample_weight)
        return self

    def fit_resample(
        self, X: Any, y: Any, *, groups: Any = None, text: Any = None, sample_weight: Any = None
    ) -> tuple[Any, Any]:
        """Train the generator, and add rows that it generates.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers: integers, fractions, booleans.

        y : array-like of shape (n_samples,)
            Labels, each at least twice.

        groups : array-like of shape (n_samples,), default=None
            Whose each row is: speakers or other units that depend on each other.

        text : array-like of shape (n_samples, n_text_features), default=None
            Features of the words of each row.

        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts within its class; rows of weight 0 aren't learnt from.

        Returns
        -------
        X_resampled : {array-like, dataframe} of shape (n_samples_new, n_features)
            X, and generated rows below it, with the columns and dtypes of X.

        y_resampled : array-like of shape (n_samples_new,)
            Their labels.
        """
        labels, seed = self._train(X, y, groups, text, sample_weight)
        codes = np.repeat(np.arange(len(self.classes_)), [self.sampling_strategy_.get(k, 0) for k in self.classes_])
        resampled = joined(X, partial(self._draw, codes, seed), len(codes), width=self.n_features_in_)
        return resampled, joined_labels(y, labels, self.classes_[codes])

    def _fit_resample(self, X: Any, y: Any, **metadata: Any) -> tuple[Any, Any]:
        """The base class's hook, which is never called: tables keep their own library's types in `fit_resample`."""
        return self.fit_resample(X, y, **metadata)

    def sample(self, y: Any, *, text: Any = None, random_state: Any = None) -> np.ndarray:
        """Generate rows of labels.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            Labels, among `classes_`.

        text : array-like of shape (n_samples, n_text_features), default=None
            Features of words to condition on, for a generator that was fitted with `text`.

        random_state : int, RandomState instance or None, default=None
            The same number gives the same rows; None for those of the sampler's own `random_state`.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Generated rows.
        """
        check_is_fitted(self)
        codes = codes_of(y, self.classes_)
        state = self.random_state if random_state is None else random_state
        out = np.empty((len(codes), self.n_features_in_))
        words = None if text is None else checked_table(text, "text")
        self._draw(codes, int(check_random_state(state).randint(_MAX_SEED)), out, words)
        return out

    @single_threaded
    def _train(self, X: Any, y: Any, groups: Any, text: Any, sample_weight: Any) -> tuple[np.ndarray, int]:
        """Labels (N,) as an array, and a seed for what is drawn."""
        self._validate_params()
        labels, self.classes_, rows = checked_rows(self, X, y, groups=groups, text=text, sample_weight=sample_weight)
        validate_data(self, X=X, y=y, reset=True, skip_check_array=True)
        self.sampling_strategy_ = self._strategy(labels)
        seeds = check_random_state(self.random_state).randint(_MAX_SEED, size=2)
        self.generator_, self._h = fit_table(
            rows,
            regulariser=self.regulariser,
            steps=self.steps,
            n_components=self.n_components,
            seed=int(seeds[0]),
        )
        return labels, int(seeds[1])

    @single_threaded
    def _draw(self, codes: np.ndarray, seed: int, out: np.ndarray, text: np.ndarray | None = None) -> None:
        """Write generated rows (n, d) of codes (n,) into `out`."""
        self._generated, self._codes = self.generator_.features(codes, seed, text)[0], codes
        self.generator_.space.rows(self._generated, codes, out, np.random.default_rng(seed))

    def _strategy(self, labels: np.ndarray) -> dict[Any, int]:
        """Rows to generate of each class, in the order of classes."""
        strategy = self.sampling_strategy
        balanced = isinstance(strategy, str) and strategy in _BALANCED
        counts = check_sampling_strategy("all" if balanced else strategy, labels, self._sampling_type)
        if balanced:
            _, present = np.unique(labels, return_counts=True)
            more = round(self.ratio * int(present.max()))
            counts = {label: n + more for label, n in counts.items()}
        return OrderedDict((label, int(n)) for label, n in counts.items())
