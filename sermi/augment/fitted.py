"""What a sampler can do once it is fitted: generate more, measure what it generated, be kept in a folder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from sermi.augment import sampler_file
from sermi.augment.given import checked_table, codes_of
from sermi.augment.report import SamplerReport, measure, score
from sermi.augment.table import TableGenerator
from sermi.errors import FeatureError

MAX_SEED = 2**31 - 1


class RealFeatures(NamedTuple):
    """Of the rows that a generator learnt from."""

    h: np.ndarray
    """(N, r)."""
    c: np.ndarray
    """(N,) codes."""
    groups: np.ndarray | None
    """(N,) codes of whose they are; None where nobody named any."""


@dataclass
class Generated:
    """What a sampler generated last, and what was measured of it since."""

    h: np.ndarray
    """(n, r)."""
    c: np.ndarray
    """(n,) codes."""
    seed: int
    """Of what was drawn."""
    report: SamplerReport | None = None
    scores: np.ndarray | None = None


class FittedSampler:
    """The side of `SermiSampler` that learns nothing; `report_` and `sample_scores_` are measured when first asked for."""

    classes_: np.ndarray
    n_features_in_: int
    regulariser_: str
    generator_: TableGenerator
    sampling_strategy_: Mapping[Any, int]
    random_state: Any
    sampling_strategy: Any
    feature_names_in_: np.ndarray
    _real: RealFeatures
    _generated: Generated | None = None

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
        from sklearn.utils import check_random_state
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        codes = codes_of(y, self.classes_)
        words = None if text is None else self._words(text, len(codes))
        seed = int(check_random_state(self.random_state if random_state is None else random_state).randint(MAX_SEED))
        out = np.empty((len(codes), self.n_features_in_))
        self.generator_.write(self.generator_.features(codes, seed, words).h, codes, seed, out)
        return out

    def _words(self, text: Any, n_rows: int) -> np.ndarray:
        """(n, dt) to condition on. Raises FeatureError for another shape, or a generator that knows no words."""
        space, words = self.generator_.text_space, checked_table(text, "text")
        if space is None:
            raise FeatureError("This sampler was fitted without text; fit it with text, or sample without.")
        if words.shape != (n_rows, len(space.mean)):
            raise FeatureError(f"text should be {(n_rows, len(space.mean))} in shape, not {words.shape}.")
        return words

    def save(self, folder: str | Path) -> None:
        """Write the fitted sampler as safetensors and JSON; no row of X is in them.

        Parameters
        ----------
        folder : str or Path
            Made if need be; a sampler that is there already is replaced. `report.json` is what `report_` measured, if it was.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        report = None if self._generated is None or self._generated.report is None else self._generated.report.as_dict()
        sampler_file.save(self, Path(folder), self._counts(self.sampling_strategy_), report)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a sampler that `save` wrote: it can `sample`, and be fitted again.

        Parameters
        ----------
        folder : str or Path
            Where it was saved.

        Returns
        -------
        sampler : SermiSampler
            Fitted, without `report_` and `sample_scores_`, which are of rows that were generated before.
        """
        kept, generator = sampler_file.read(Path(folder))
        sampler = cls(**kept.parameters)
        if kept.strategy is not None:
            sampler.sampling_strategy = dict(kept.strategy)
        sampler.generator_, sampler.classes_ = generator, np.array(kept.classes)
        sampler.regulariser_, sampler.n_features_in_ = kept.regulariser, kept.n_features
        sampler.sampling_strategy_ = OrderedDict(zip(sampler.classes_, kept.generated, strict=True))
        if kept.names is not None:
            sampler.feature_names_in_ = np.array(kept.names, dtype=object)
        return sampler

    @property
    def report_(self) -> SamplerReport:
        """Of what `fit_resample` generated."""
        generated = self._of_generated("report_")
        if generated.report is None:
            generated.report = self._measured(generated)
        return generated.report

    @report_.setter
    def report_(self, report: SamplerReport) -> None:
        """For one that somebody added gains to."""
        self._of_generated("report_").report = report

    @property
    def sample_scores_(self) -> np.ndarray:
        """(n,) nats of each generated row."""
        generated = self._of_generated("sample_scores_")
        if generated.scores is None:
            generated.scores = score(generated.h, generated.c, *self._real)
        return generated.scores

    def _counts(self, strategy: Mapping[Any, int]) -> np.ndarray:
        """(K,) rows to generate."""
        return np.array([strategy.get(label, 0) for label in self.classes_], dtype=np.int64)

    def _of_generated(self, name: str) -> Generated:
        if self._generated is None:
            raise AttributeError(f"{name} is there once rows were generated; call fit_resample first.")
        return self._generated

    def _measured(self, generated: Generated) -> SamplerReport:
        h, c, groups = self._real
        counts = np.bincount(generated.c, minlength=len(self.classes_)).tolist()
        return measure(
            generated.h,
            generated.c,
            self.generator_.features(generated.c, generated.seed, mirrored=False),
            *self._real,
            seed=0,
            n_rows=len(c),
            n_columns=self.n_features_in_,
            n_groups=None if groups is None else len(np.unique(groups)),
            n_components=h.shape[1],
            generated=dict(zip(map(str, self.classes_.tolist()), counts, strict=True)),
            regulariser=self.regulariser_,
        )
