"""The front matter of a model card: metadata that the Hugging Face hub reads, with every figure from metrics.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sermi.checkpoint import CheckpointConfig
from train.checkpoint.card_new_voice import NO_CONTEXT, context_title

if TYPE_CHECKING:
    from huggingface_hub import EvalResult


@dataclass(frozen=True)
class _Corpus:
    """What the hub wants to know of a corpus."""

    title: str
    """For people."""
    language: str
    """ISO 639-1."""
    dataset: str
    """Its id on the hub, where its makers keep it there, else its short name."""
    open: bool = False
    """Anyone can get it, and checkpoints trained on it are passed on under CC BY-NC-SA 4.0."""


_CORPORA: Mapping[str, _Corpus] = MappingProxyType(
    {
        "ravdess": _Corpus("RAVDESS", "en", "ravdess", open=True),
        "tess": _Corpus("TESS", "en", "tess", open=True),
        "emodb": _Corpus("EmoDB", "de", "emodb", open=True),
        "nemo": _Corpus("nEMO", "pl", "amu-cai/nEMO", open=True),
        "savee": _Corpus("SAVEE", "en", "savee"),
        "turev": _Corpus("TurEV-DB", "tr", "turev", open=True),
        "emotts": _Corpus("EmotionTTS", "ko", "emotts", open=True),
        "goemotions": _Corpus("GoEmotions", "en", "google-research-datasets/go_emotions", open=True),
        "meld": _Corpus("MELD", "en", "meld", open=True),
        "iemocap": _Corpus("IEMOCAP", "en", "iemocap"),
        "msp_improv": _Corpus("MSP-IMPROV", "en", "msp_improv"),
        "msp_podcast": _Corpus("MSP-Podcast", "en", "msp_podcast"),
    }
)
_LANGUAGES = {"en": "English", "de": "German", "pl": "Polish", "tr": "Turkish", "ko": "Korean"}
_METRICS = {
    "UA": ("recall", "UA (macro recall)"),
    "WA": ("accuracy", "Accuracy"),
    "macro_F1": ("f1", "Macro F1"),
    "ECE": ("expected_calibration_error", "Expected calibration error"),
}
"""Of metrics.json: the hub's name of the metric, and one for people."""


def metadata(config: CheckpointConfig, metrics: Mapping[str, Any]) -> str:
    """YAML without its fences: licence, languages, corpora, metrics and the model index.

    https://huggingface.co/docs/hub/model-cards#model-card-metadata
    """
    from huggingface_hub import ModelCardData

    corpora = _corpora(config)
    is_open = all(corpus.open for corpus in corpora.values())
    card = ModelCardData(
        language=sorted({corpus.language for corpus in corpora.values()} - {""}),
        license="cc-by-nc-sa-4.0" if is_open else "other",
        license_name=None if is_open else "licences-of-the-corpora",
        library_name="sermi",
        pipeline_tag="audio-classification",
        tags=["speech-emotion-recognition", "mutual-information", "data-augmentation"],
        datasets=sorted({corpus.dataset for corpus in corpora.values()}),
        metrics=[name for name, _ in _METRICS.values()][:3],  # those that the hub has a page of
        model_name=f"SERMI {config.class_set}",
        eval_results=list(_results(config, metrics)),
    )
    return card.to_yaml()


def languages(config: CheckpointConfig) -> tuple[str, ...]:
    """Names of the languages of what it was trained on, as far as they are known."""
    spoken = {corpus.language for corpus in _corpora(config).values()}
    return tuple(sorted(_LANGUAGES[code] for code in spoken & _LANGUAGES.keys())) or ("of a language not told",)


def _corpora(config: CheckpointConfig) -> dict[str, _Corpus]:
    """What it was trained on. A table of the user's own is a corpus that nothing is known of."""
    names = [*config.training["audio"], *config.training["text"]]
    return {name: _CORPORA.get(name, _Corpus(name, "", name)) for name in names}


def _results(config: CheckpointConfig, metrics: Mapping[str, Any]) -> Iterator[EvalResult]:
    corpora, audio = _corpora(config), list(config.training["audio"])
    listed = ", ".join(corpora[name].title for name in audio)
    other, held_out = metrics["other_speakers_and_corpora"], metrics["held_out_speakers"]
    held_out_units = "speakers and corpora" if len(audio) > 1 else "speakers"
    dataset = "+".join(audio)
    yield from _new_voice(config, metrics)
    title = f"{listed}: {held_out_units} left out of training, on which choices were made"
    yield from _entries(other, dataset, "left-out", title)
    if len(audio) > 1:
        for name, measured in other["by_corpus"].items():
            title = f"{corpora[name].title}, when it is left out of training, with choices made on it"
            yield from _entries(measured, corpora[name].dataset, "left-out", title)
    yield from _entries(held_out["audio"], dataset, "held-out-speakers", f"{listed}: speakers kept out of training")
    kind = "own_words" if "own_words" in held_out else "label_matched_pairs"
    pairs = {**held_out[kind]["fused"], "ECE": held_out[kind]["fused_ECE"]}
    words = "own words" if kind == "own_words" else "label-matched words, which flatter"
    title = f"{listed}: speakers kept out of training, voice and {words}"
    yield from _entries(pairs, dataset, kind.replace("_", "-"), title)


def _new_voice(config: CheckpointConfig, metrics: Mapping[str, Any]) -> Iterator[EvalResult]:
    """Corpora left out of training and of all settings, by what is known of the voice; then each corpus."""
    contexts, corpora = metrics.get("new_voice", {}).get("contexts", {}), _corpora(config)
    for name, measured in contexts.items():
        titles = ", ".join(corpora[corpus].title for corpus in measured["corpora"])
        part = f"new-voice-{name.replace(' ', '-')}"
        title = f"{titles}: each left out of training and of all settings, sentences known of the voice: {context_title(name)}"
        yield from _entries(measured, "+".join(measured["corpora"]), part, title)
    for corpus, ua in contexts.get(NO_CONTEXT, {}).get("by_corpus", {}).items():
        title = f"{corpora[corpus].title}, left out of training and of all settings, nothing known of the voice"
        yield from _entries({"UA": ua}, corpora[corpus].dataset, "new-voice-0", title)


def _entries(measured: Mapping[str, Any], dataset: str, part: str, title: str) -> Iterator[EvalResult]:
    """The hub's entry for each metric that is there, of a part of a data set that people read as `title`."""
    from huggingface_hub import EvalResult

    for name, (metric, metric_title) in _METRICS.items():
        if name in measured:
            yield EvalResult(
                task_type="audio-classification",
                task_name="Speech emotion recognition",
                dataset_type=dataset,
                dataset_name=title,
                dataset_config=part,
                metric_type=metric,
                metric_name=metric_title,
                metric_value=measured[name],
            )
