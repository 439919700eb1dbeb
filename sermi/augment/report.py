"""Generated rows beside real ones: the information that they carry, how close they are, and what that comes to in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sermi.augment.table import DrawnFeatures
from sermi.errors import SermiError
from sermi.mi import LabelInformation, MIEstimate, fit_label_critic, label_scores
from sermi.mi.interface import format_nats
from sermi.quality import WORDS, SetVerdict, judge
from sermi.stats.threads import single_threaded

_MOST_ROWS = 2_000
"""Of a set that are measured: enough for two digits, and done in seconds."""
_DEALS = 10
"""Of groups into halves."""


@dataclass(frozen=True)
class Gains:
    """What generated rows buy a classifier, cross-validated."""

    classifier: str
    """Which was fitted."""
    value: float
    """UA with generated rows less UA without, in points of 100."""
    interval: tuple[float, float]
    """95 % of `value`, over splits."""
    grouped: bool
    """Whether no group was both fitted on and tested on."""


@dataclass(frozen=True)
class SamplerReport:
    """Generated rows beside real ones. Information in nats, in the features h that the generator works in."""

    n_rows: int
    """Real rows that were learnt from."""
    n_columns: int
    n_groups: int | None
    """Groups among those rows; None where nobody named any."""
    n_components: int
    """Width of h."""
    generated: Mapping[str, int]
    """Generated rows of each label, by its name."""
    regulariser: str
    information: MIEstimate | None
    """I(label; h) of rows generated like these, with interval, shuffled control, ceiling; None where it can't be measured."""
    real_information: MIEstimate | None
    """Of real rows, on groups left out where there are any."""
    quality: SetVerdict | None
    """How close generated rows are, in a word and figures; None where there are too few to compare."""
    unmeasured: tuple[str, ...] = ()
    """Why, for each that is None."""
    gains: Gains | None = None
    """None until somebody measures them: it takes many fits."""

    @property
    def verdict(self) -> str:
        """What it comes to, in two or three sentences."""
        sentences = [self._of_information(), self._of_quality()]
        if self.gains is None:
            sentences.append("What they buy a classifier isn't measured here: cross-validate with and without them.")
        else:
            sentences.append(self._of_gains(self.gains))
        return " ".join(sentence for sentence in sentences if sentence)

    def _of_information(self) -> str:
        if self.information is None or self.real_information is None:
            return ""
        # classes are mixed differently in the two, so what there is to know differs, too
        share, (low, high) = _share(self.information)[0], _share(self.real_information)[1]
        how = "more than" if share > high else "less than" if share < low else "as much as"
        return (
            f"Generated rows carry {_of_ceiling(self.information)} nats about the label, {how} real ones do "
            f"({_of_ceiling(self.real_information)})."
        )

    def _of_quality(self) -> str:
        if self.quality is None:
            return ""
        return f"The set {_of_any_rows(self.quality)}: {self.quality.reason}."

    @staticmethod
    def _of_gains(gains: Gains) -> str:
        low, high = gains.interval
        change = f"{gains.value:+.1f} UA ({low:+.1f} to {high:+.1f}) for {gains.classifier}"
        if low > 0:
            return f"They are worth using: {change}."
        if high < 0:
            return f"Don't use them here: {change}."
        return f"They change nothing that can be told from chance: {change}."

    def __str__(self) -> str:
        labels = ", ".join(f"{n:,} of {label}" for label, n in self.generated.items())
        groups = "no groups" if self.n_groups is None else f"{self.n_groups:,} groups"
        lines = [
            f"{sum(self.generated.values()):,} generated rows: {labels or 'none'}",
            f"from {self.n_rows:,} rows of {self.n_columns:,} columns and {groups}, through {self.n_components} components",
            f"generated: {self.information}" if self.information else "",
            f"real: {self.real_information}" if self.real_information else "",
            *self.unmeasured,
            self.verdict,
        ]
        return "\n".join(line for line in lines if line)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "n_rows": self.n_rows,
            "n_columns": self.n_columns,
            "n_groups": self.n_groups,
            "n_components": self.n_components,
            "generated": dict(self.generated),
            "regulariser": self.regulariser,
            "information": self.information and self.information.as_dict(),
            "real_information": self.real_information and self.real_information.as_dict(),
            "quality": self.quality and self.quality.as_dict(),
            "unmeasured": list(self.unmeasured),
            "gains": self.gains and asdict(self.gains),
            "verdict": self.verdict,
        }


def _share(measured: MIEstimate) -> tuple[float, tuple[float, float]]:
    """Value and interval over the ceiling."""
    ceiling, (low, high) = measured.ceiling or 1.0, measured.interval
    return measured.value / ceiling, (low / ceiling, high / ceiling)


def _of_ceiling(measured: MIEstimate) -> str:
    return f"{format_nats(measured.value)} of {format_nats(measured.ceiling or np.inf)}"


def _of_any_rows(verdict: SetVerdict) -> str:
    """The meaning of its word, of features that needn't be of speech."""
    return WORDS[verdict.word].replace("real speech of other speakers", "real rows").replace("real speech", "real rows")


@single_threaded
def score(h: np.ndarray, c: np.ndarray, real: np.ndarray, real_c: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """(N,) nats that each of h (N, r) with code c (N,) carries about it, by a critic of real features under equal priors.

    NaN where there are too few real ones for a critic. Arguments as for `measure`.
    """
    n_classes = int(real_c.max()) + 1
    try:
        critic = fit_label_critic(real, real_c, groups, n_classes=n_classes)
        return label_scores(h, c, critic.with_prior(np.full(n_classes, -np.log(n_classes))))
    except (SermiError, ValueError, np.linalg.LinAlgError):
        return np.full(len(c), np.nan)


@single_threaded
def measure(
    h: np.ndarray,
    c: np.ndarray,
    independent: DrawnFeatures,
    real: np.ndarray,
    real_c: np.ndarray,
    groups: np.ndarray | None,
    *,
    seed: int,
    **details: Any,
) -> SamplerReport:
    """The report of generated features. What can't be measured is None, with a sentence that says why.

    Args:
        h: (N, r) generated features.
        c: (N,) their codes.
        independent: rows of the same codes that don't mirror each other. Information is measured on these: the mirrored
            rows of some folds say what the means of the others are, which those of real ones don't. Their voices are left
            out as real groups are.
        real: (M, r) real ones.
        real_c: (M,) their codes.
        groups: (M,) codes of whose they are; None for none.
        seed: of everything random.
        details: the report's other fields.
    """
    rng = np.random.default_rng(seed)
    some, some_real = (np.sort(rng.permutation(len(codes))[:_MOST_ROWS]) for codes in (c, real_c))
    h, c, real, real_c = h[some], c[some], real[some_real], real_c[some_real]
    sides = ((independent.voice, some), (groups, some_real))
    voice, groups = (None if of is None else of[rows] for of, rows in sides)
    estimator = LabelInformation(seed=seed)
    unmeasured: list[str] = []

    def attempt(what: str, function: Any, *arguments: Any, **options: Any) -> Any:
        try:
            with np.errstate(divide="ignore", invalid="ignore"):  # of rows that are all alike
                return function(*arguments, **options)
        except (SermiError, ValueError, np.linalg.LinAlgError) as error:
            unmeasured.append(f"{what} can't be measured: {error}")
            return None

    cheap = {"classifiers": False, "n_deals": _DEALS, "seed": seed}
    measured = {
        "information": attempt("The information of generated rows", estimator.estimate, independent.h[some], c, voice),
        "real_information": attempt("The information of real rows", estimator.estimate, real, real_c, groups),
        "quality": attempt("Closeness to real rows", judge, h, c, real, real_c, groups, **cheap),
    }
    return SamplerReport(**measured, unmeasured=tuple(unmeasured), **details)
