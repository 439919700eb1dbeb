"""The generator as a sampler of imbalanced-learn: a table and its labels in, the same with generated rows below it out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np

from sermi.augment.fitted import MAX_SEED, FittedSampler, Generated, RealFeatures
from sermi.augment.frames import array_of, joined, joined_labels
from sermi.augment.given import checked_rows
from sermi.augment.strategy import balances, rows_to_generate
from sermi.augment.table import Rows, fit_table
from sermi.augment.tuning import RATIOS, Tuning, tune
from sermi.errors import SermiError, needs_extra
from sermi.stats.threads import single_threaded

try:
    from imblearn.over_sampling.base import BaseOverSampler
except ModuleNotFoundError as error:
    raise SermiError(needs_extra("imblearn", "augment")) from error
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data


class SermiSampler(FittedSampler, BaseOverSampler):  # type: ignore[misc]  # imbalanced-learn gives no types
    """Over-sample with a generator that is regularised by the information that its features carry about the label.

    Columns are brought to scores, their leading components to features h, and a conditional generator learns h with mutual
    information as its regulariser. What it generates comes back as rows of the table, each column in its own kind and range.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default='auto'
        What comes out.

        - 'auto' and 'all': as many rows of every class as the largest class has, and then `ratio` times as many again.
        - 'minority', 'not minority', 'not majority': the classes named get as many rows as the largest has.
        - float: rows of the smaller of two classes over those of the larger one.
        - dict: how many rows, real and generated, there will be of each class that it names.
        - callable: a function of y that gives such a dict.

    ratio : float, default=1.0
        Rows generated of every class on top of balance, for each row of the largest class; 0 balances and nothing else. It
        counts where `sampling_strategy` is 'auto' or 'all'.

    regulariser : {'maximise', 'match', 'off'}, default='maximise'
        What becomes of the information about the label that generated rows carry: as much as can be, as much as real rows
        carry about groups left out, or whatever comes. 'match' widens classes until they overlap as those of new speakers
        do; with few rows of each that teaches a classifier less.

    n_components : int, default=None
        The width of h at most. None for as wide as the rows allow, up to 100.

    tune : bool, default=False
        Whether `ratio` and `regulariser` are chosen by cross-validation of a logistic regression, over groups where there are
        any. It takes about ten times as long.

    steps : int, default=None
        Of training; None for the generator's own number.

    random_state : int, RandomState instance or None, default=None
        The same number gives the same rows.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many rows were generated of each class.

    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    generator_ : TableGenerator
        The trained network, and the space of the features that it makes.

    regulariser_ : str
        That it was trained under: `regulariser`, or what tuning chose.

    tuning_ : Tuning
        What was tried, the best first, with real rows alone among it. Only with `tune`.

    report_ : SamplerReport
        The information that the generated rows carry beside that of real ones, its shuffled control and its ceiling, and how
        close they are to real ones. Measured when it is first asked for, in seconds.

    sample_scores_ : ndarray of shape (n_generated,)
        How much each generated row speaks for its label, in nats: 0 says nothing, negative speaks for another label, the most
        is log(n_classes). Measured when it is first asked for, by a critic of the real rows. Not a filter: the highest half
        teaches no more than as many at random.

    text_resampled_ : ndarray of shape (n_samples_new, n_text_features)
        Text features, those given and below them the ones generated with each row. Only with `text`.

    n_features_in_ : int
        Columns of X.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where all are strings.

    See Also
    --------
    sermi.fit_generator : The generator by itself, for features that need no scaling and no columns.

    sermi.MutualInformation : The information that features carry about a label.

    sermi.quality.judge : Whether generated features could pass for real ones.

    imblearn.over_sampling.SMOTE : Over-sample by interpolation between neighbours.

    Notes
    -----
    An independent implementation of the method of [1]_, by whose abstract mutual information serves as the regulariser of a
    generator and as a measure of what it generates. Supports several classes. Without `groups` rows count as independent of
    each other; with them, the information that 'match' aims at is that about groups left out. Rows come in pairs with
    opposite noise, so that a few dozen of a class have its mean; they aren't independent of each other.

    References
    ----------
    .. [1] Ahn, Rana, Sivadas, Busso and Rajapakse, 2025, https://arxiv.org/abs/2510.10078

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from sermi import SermiSampler
    >>> X, y = make_classification(n_samples=200, weights=[0.8], flip_y=0, random_state=0)
    >>> sampler = SermiSampler(steps=20, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y.tolist()).items()), sorted(Counter(y_resampled.tolist()).items())
    ([(0, 161), (1, 39)], [(0, 322), (1, 322)])
    >>> X_balanced, y_balanced = sampler.set_params(ratio=0).fit_resample(X, y)
    >>> len(X_balanced)
    322
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "ratio": [Interval(Real, 0, None, closed="left")],
        "regulariser": [StrOptions({"match", "maximise", "off"})],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "tune": ["boolean"],
        "steps": [Interval(Integral, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        ratio: float = 1.0,
        regulariser: Any = "maximise",
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

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Train the generator and generate nothing yet.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers: integers, fractions, booleans.

        y : array-like of shape (n_samples,)
            Labels, each at least twice.

        **params : dict
            `groups`, `text` and `sample_weight`, as for `fit_resample`. Metadata is routed there, not here.

        Returns
        -------
        self : SermiSampler
            Itself.
        """
        self._train(X, y, **params)
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
            How much each row counts within its class; rows of weight 0 aren't learnt from. With `groups` voices are
            modelled from all other rows alike, and weights count in what the discriminator is shown.

        Returns
        -------
        X_resampled : {array-like, dataframe} of shape (n_samples_new, n_features)
            X, and generated rows below it, with the columns and dtypes of X.

        y_resampled : array-like of shape (n_samples_new,)
            Their labels.
        """
        labels, seed = self._train(X, y, groups, text, sample_weight)
        codes = np.repeat(np.arange(len(self.classes_)), self._counts(self.sampling_strategy_))
        h, t, _ = self.generator_.features(codes, seed)
        self._generated = Generated(h, codes, seed)
        if t is not None:
            write_text = partial(self.generator_.write, t, codes, seed, of_text=True)
            self.text_resampled_ = joined(array_of(text), write_text, len(codes), width=np.shape(text)[1])
        resampled = joined(X, partial(self.generator_.write, h, codes, seed), len(codes), width=self.n_features_in_)
        return resampled, joined_labels(y, labels, self.classes_[codes])

    def _fit_resample(self, X: Any, y: Any, **metadata: Any) -> tuple[Any, Any]:
        """The base class's hook, which is never called: tables keep their own library's types in `fit_resample`."""
        return self.fit_resample(X, y, **metadata)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags

    @single_threaded
    def _train(
        self, X: Any, y: Any, groups: Any = None, text: Any = None, sample_weight: Any = None
    ) -> tuple[np.ndarray, int]:
        """Labels (N,) as an array, and a seed for what is drawn."""
        self._validate_params()
        labels, self.classes_, rows = checked_rows(self, X, y, groups=groups, text=text, sample_weight=sample_weight)
        validate_data(self, X=X, y=y, reset=True, skip_check_array=True)
        self.sampling_strategy_ = rows_to_generate(self.sampling_strategy, self.ratio, labels)
        seeds = check_random_state(self.random_state).randint(MAX_SEED, size=2)
        options: dict[str, Any] = {"steps": self.steps, "n_components": self.n_components, "seed": int(seeds[0])}
        regulariser = self.regulariser
        if self.tune:
            self.tuning_ = self._tuned(rows, labels, options)
            regulariser = self.tuning_.best.regulariser
            self.sampling_strategy_ = rows_to_generate(self.sampling_strategy, self.tuning_.best.ratio, labels)
        self.regulariser_ = regulariser
        self.generator_, h = fit_table(rows, regulariser=regulariser, **options)
        for name in ("text_resampled_", "tuning_")[: 1 if self.tune else 2]:  # of an earlier fit
            self.__dict__.pop(name, None)
        self._real, self._generated = RealFeatures(h, rows.c, rows.groups), None
        return labels, int(seeds[1])

    def _tuned(self, rows: Rows, labels: np.ndarray, options: Mapping[str, Any]) -> Tuning:
        return tune(
            rows,
            lambda ratio: self._counts(rows_to_generate(self.sampling_strategy, ratio, labels)),
            ratios=RATIOS if balances(self.sampling_strategy) else (self.ratio,),
            **options,
        )
