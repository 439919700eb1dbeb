"""How features vary within classes, split by where the variation comes from: view, utterance, speaker, corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scatter:
    """Class means and the within-class covariance of each source of variation.

    With m(.) a mean, m(class, speaker) - m(class) splits into `corpus`, `speaker` and `interaction`. Classes, speakers
    of a corpus, and corpora count equally, however many recordings they have.
    """

    means: np.ndarray
    """m(class): (K, d)."""
    view: np.ndarray
    """(d, d), of views of an utterance around m(utterance)."""
    utterance: np.ndarray
    """(d, d), of m(utterance) around m(class, speaker)."""
    speaker: np.ndarray
    """(d, d), of speakers' offsets from their corpus, common to all classes."""
    corpus: np.ndarray
    """(d, d), of corpora's offsets, common to all classes."""
    interaction: np.ndarray
    """(d, d), of what neither offset explains: speakers differ in how they express a class."""


def scatter(h: np.ndarray, c: np.ndarray, *, speaker: np.ndarray, corpus: np.ndarray, n_classes: int) -> Scatter:
    """Split how features vary within classes by where the variation comes from.

    Args:
        h: (N, 1 + V, d) features of each utterance and its views.
        c: (N,) emotion codes.
        speaker: (N,) names.
        corpus: (N,) names.
        n_classes: K; each class must occur.
    """
    dim = h.shape[-1]
    utterances = h.mean(axis=1)
    means = _class_means(utterances, c, corpus, n_classes)
    corpus_offsets, speakers = _offsets(utterances, c, means, speaker=speaker, corpus=corpus)
    view_weights = np.zeros(len(h))
    utterance_part, speaker_part, corpus_part, interaction = (np.zeros((dim, dim)) for _ in range(4))
    for offset in corpus_offsets:
        corpus_part += np.outer(offset, offset) / len(corpus_offsets)
    for person in speakers:
        speaker_part += person.share * np.outer(person.offset, person.offset)
        share = person.share / len(person.cells)
        for cell in person.cells:
            interaction += share * np.outer(cell.rest, cell.rest)
            around = utterances[cell.rows] - utterances[cell.rows].mean(axis=0)
            utterance_part += share * around.T @ around / len(cell.rows)
            view_weights[cell.rows] = share / len(cell.rows)
    around = (h - utterances[:, None]) * np.sqrt(view_weights)[:, None, None]
    around = around.reshape(-1, dim)
    view_part = around.T @ around / h.shape[1]
    return Scatter(
        means=means,
        view=view_part,
        utterance=utterance_part,
        speaker=speaker_part,
        corpus=corpus_part,
        interaction=interaction,
    )


def _class_means(utterances: np.ndarray, c: np.ndarray, corpus: np.ndarray, n_classes: int) -> np.ndarray:
    """(K, d) means of classes over the corpora that have them, each corpus counting equally."""
    means = []
    for k in range(n_classes):
        in_corpora = [(c == k) & (corpus == name) for name in np.unique(corpus)]
        means.append(np.mean([utterances[rows].mean(axis=0) for rows in in_corpora if rows.any()], 0))
    return np.stack(means)


@dataclass(frozen=True)
class _Cell:
    """One speaker's utterances of one class."""

    rows: np.ndarray
    """(n,) indices."""
    rest: np.ndarray
    """(d,) of their mean's deviation from the class mean, what neither the corpus nor the speaker offsets explain."""


@dataclass(frozen=True)
class _Speaker:
    """One speaker's place in a corpus."""

    offset: np.ndarray
    """(d,) from the corpus, common to all classes."""
    share: float
    """Of the whole: speakers of a corpus, and corpora, count equally."""
    cells: list[_Cell]


def _offsets(
    utterances: np.ndarray, c: np.ndarray, means: np.ndarray, *, speaker: np.ndarray, corpus: np.ndarray
) -> tuple[list[np.ndarray], list[_Speaker]]:
    """Each corpus's offset (d,) from the class means (K, d), and each speaker's from their corpus."""
    corpus_offsets: list[np.ndarray] = []
    speakers: list[_Speaker] = []
    corpora = np.unique(corpus)
    for name in corpora:
        classes = np.unique(c[corpus == name])
        in_cells = [(k, (corpus == name) & (c == k)) for k in classes]
        corpus_offset = np.mean([utterances[rows].mean(axis=0) - means[k] for k, rows in in_cells], axis=0)
        corpus_offsets.append(corpus_offset)
        names = np.unique(speaker[corpus == name])
        for person in names:
            cells = [(k, np.flatnonzero((speaker == person) & (c == k))) for k in classes]
            deviations = [
                (rows, utterances[rows].mean(axis=0) - means[k] - corpus_offset) for k, rows in cells if len(rows)
            ]
            offset = np.mean([deviation for _, deviation in deviations], axis=0)
            share = 1 / (len(corpora) * len(names))
            speakers.append(_Speaker(offset, share, [_Cell(rows, by - offset) for rows, by in deviations]))
    return corpus_offsets, speakers
