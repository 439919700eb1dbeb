"""The model card of a checkpoint, written from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sermi.checkpoint import CheckpointConfig
from sermi.encoders import MOONSHINE
from sermi.quality import MEASURES, WORDS
from train.checkpoint.card_metadata import languages, metadata
from train.checkpoint.card_new_voice import context_title, new_voice_section, what_answers
from train.checkpoint.card_new_voice import percent as _percent


def model_card(config: CheckpointConfig, metrics: Mapping[str, Any]) -> str:
    """Markdown with every figure taken from `metrics`."""
    sections = (
        _introduction(config),
        _training(config, metrics),
        _results(config, metrics),
        *_voices(config, metrics),
        _generation(config, metrics),
        _limits(config),
    )
    return f"---\n{metadata(config, metrics)}\n---\n" + "\n".join(sections)


def _introduction(config: CheckpointConfig) -> str:
    encoders = config.frontend.encoders
    other = "" if encoders == (MOONSHINE,) else f", by {_listed(encoders)}"
    return f"""# SERMI {config.class_set}{other}

Recognises {_listed(config.classes)} in speech, with or without a transcript. For research and demonstration,
non-commercial: the corpora that it was trained on allow no more.

**Audio**: {_listed(encoders)}, frozen, {"its" if len(encoders) == 1 else "their"} layers pooled over time ({", ".join(config.frontend.pooling)}),
{config.shape.audio_dim} numbers, projected to {config.shape.feature_dim} and read by one linear layer.
**Text**: {config.text_encoder}, frozen, {config.shape.text_dim} numbers, projected to {config.shape.text_feature_dim} and
read by one linear layer. **Fused**: a weighted sum of both sides' log-probabilities; without a transcript, the voice alone.
"""


def _training(config: CheckpointConfig, metrics: Mapping[str, Any]) -> str:
    training = config.training
    if "new_voice" in metrics:
        by_corpus = {name: {"UA": ua} for name, ua in metrics["new_voice"]["contexts"]["0"]["by_corpus"].items()}
    else:
        by_corpus = metrics["other_speakers_and_corpora"]["by_corpus"]
    audio_rows = "\n".join(
        f"| {name} | {counts['recordings']} | {counts['speakers']} | {_percent(by_corpus.get(name, {}).get('UA'))} |"
        for name, counts in training["audio"].items()
    )
    own_words = _has_own_words(metrics)
    return f"""## What it was trained on

| audio corpus | recordings | speakers | UA when {"this corpus is" if _has_several_corpora(config) else "its speakers are"} left out |
|---|---|---|---|
{audio_rows}

{_words(training["text"], metrics["text"], own_words)}

Every recording was also seen in {training["views"]} augmented views (speed, room, microphone, noise, level).
{_pairs(own_words, training["pairs"].split(": ", 1)[-1])}
"""


def _words(sentences: Mapping[str, int], metrics: Mapping[str, Any], own_words: bool) -> str:
    """The table of the text corpora; with the figures of each when it is left out, where there are several."""
    measured = [("its test split", metrics)]
    if "left_out" in metrics:
        measured.append(("all of it, left out", metrics["left_out"]))
    head = "".join(f" UA on {where} | ECE there |" for where, _ in measured)
    rows = [
        f"| {'words of' if own_words else 'text corpus (English)'} | sentences |{head}",
        f"|---|---|{'---|' * (2 * len(measured))}",
    ]
    for name, count in sentences.items():
        cells = "".join(f" {_percent(of[name]['UA'])} | {_percent(of[name]['ECE'])} |" for _, of in measured)
        rows.append(f"| {name} | {count} |{cells}")
    if "left_out" in metrics:
        rows += [
            "",
            "Sentences of everyday talk are mostly of no corpus: expect what the last columns say, and words weigh no more than that.",
        ]
    return "\n".join(rows)


def _pairs(own_words: bool, how: str) -> str:
    if own_words:
        return f"Words and voice of a pair belong together: {how}."
    return f"""No corpus here pairs natural words with audio, so pairs are **label-matched**: {how}.
Figures for voice and words together are for such pairs and flatter the fusion."""


def _results(config: CheckpointConfig, metrics: Mapping[str, Any]) -> str:
    training, several = config.training, _has_several_corpora(config)
    other, held_out = metrics["other_speakers_and_corpora"], metrics["held_out_speakers"]
    own_words = _has_own_words(metrics)
    pairs = held_out["own_words" if own_words else "label_matched_pairs"]
    with_words = "their own words" if own_words else "label-matched pairs of those"
    lead = ""
    if "new_voice" in metrics:
        lead = f"{new_voice_section(metrics['new_voice'])}\n{what_answers(config, metrics['last_layer'])}\n"
    return f"""## How good it is

{lead}| | n | UA | accuracy | ECE |
|---|---|---|---|---|
| voice, speakers {"and corpora " if several else ""}never seen | {other["n"]} | {_percent(other["UA"])} | {_percent(other["WA"])} | {_percent(other["ECE"])} |
| voice, speakers never seen, corpora seen | {held_out["audio"]["n"]} | {_percent(held_out["audio"]["UA"])} | {_percent(held_out["audio"]["WA"])} | {_percent(held_out["audio"]["ECE"])} |
| words, {with_words} | {held_out["audio"]["n"]} | {_percent(pairs["text"]["UA"])} | {_percent(pairs["text"]["WA"])} | |
| voice and words, {with_words} | {held_out["audio"]["n"]} | {_percent(pairs["fused"]["UA"])} | {_percent(pairs["fused"]["WA"])} | {_percent(pairs["fused_ECE"])} |

UA is the mean recall over classes, ECE the expected calibration error. {_first_row(several, nested=bool(lead))} An answer is called **not sure** under a confidence of {_percent(config.not_sure_below)}: answers above it
were right {_percent(metrics["sure"]["accuracy"])} of the time and are {_percent(metrics["sure"]["coverage"])} of all, on speakers {"and corpora " if several else ""}left out.

Held-out speakers: {", ".join(training["held_out_speakers"])}. Their features are in `reference.safetensors`.

Made with `{training["command"]}`.
"""


def _first_row(several: bool, *, nested: bool) -> str:
    left_out = "corpora" if several else "speakers"
    chosen = f"All that was chosen was chosen on\nthe {left_out} that the first row leaves out, which flatters it"
    if nested:
        return f"{chosen}: the tables above are what to expect."
    if several:
        return f"{chosen}: expect less of a voice,\nroom and language that it never met."
    return f"{chosen}, and all are of the\ncorpus that it was trained on: expect less of another microphone."


def _voices(config: CheckpointConfig, metrics: Mapping[str, Any]) -> Iterator[str]:
    """What other recordings of a speaker are worth, where the checkpoint can use them and nothing better was measured."""
    if config.voices is None or "voices" not in metrics or "new_voice" in metrics:
        return
    rows = "\n".join(
        f"| {context_title(name)} | {_percent(measured['UA'])} | {_percent(measured['ECE'])} |"
        for name, measured in metrics["voices"]["contexts"].items()
    )
    yield f"""## With other recordings of the speaker

It answers with other recordings of who speaks as context, unlabelled or known to be neutral: a model of voices in
{config.voices.dim} components of the features. On speakers {"and corpora " if _has_several_corpora(config) else ""}left out, on which its settings were chosen:

| other recordings | UA | ECE |
|---|---|---|
{rows}
"""


def _generation(config: CheckpointConfig, metrics: Mapping[str, Any]) -> str:
    left_out = "corpora" if _has_several_corpora(config) else "speakers"
    return f"""## What it generates

New audio features h of an emotion, with or without words: `python -m sermi generate --emotion angry --n 200 --out samples.csv`.

| features | I(c; h), nats (95 %) | ceiling | I(h; t) of pairs |
|---|---|---|---|
{_generator_rows(metrics["generators"])}

Information is measured by a cross-fitted linear critic, of real features on speakers it did not see, of generated ones by a fresh
critic each. Where generated features tell more than real ones do about a new speaker, they are over-conditioned.{_pair_information(_has_own_words(metrics))}{_confounds(metrics["generators"])}

{_quality(metrics["generators"])}

Last layers tried on {left_out} left out: {_last_layer(metrics["last_layer"])}.
"""


def _pair_information(own_words: bool) -> str:
    if own_words:
        return ""
    return " Pairs are\nlabel-matched, so all that words and voice tell of each other runs through the emotion."


def _confounds(report: Mapping[str, Any]) -> str:
    """What speakers explain of the real figure by themselves, and what was warned of; cards of older metrics lack both."""
    within = report["real"]["information"].get("within_groups")
    shuffled = (
        "" if within is None else f" With emotions shuffled within speakers, real features give {within + 0.0:.2f}."
    )
    warnings = [report[name]["information"].get("warning") for name in ("real", *_generator_names(report))]
    return "".join(f"\n{sentence}" for sentence in (shuffled.strip(), *dict.fromkeys(warnings)) if sentence)


def _generator_names(report: Mapping[str, Any]) -> list[str]:
    return [name for name in report if name not in ("what", "real")]


def _generator_rows(report: Mapping[str, Any]) -> str:
    rows = []
    for name in ("real", *_generator_names(report)):
        information, pairs = report[name]["information"], report[name]["pair_information_by_emotion"]
        low, high = information["interval"]
        title = "real, training speakers" if name == "real" else f"generated, MI {name}"
        value, ceiling = information["value"], information["ceiling"]
        rows.append(f"| {title} | {value:.2f} ({low:.2f} to {high:.2f}) | {ceiling:.2f} | {pairs:.2f} |")
    return "\n".join(rows)


def _quality(report: Mapping[str, Any]) -> str:
    names = _generator_names(report)
    if not all(report[generator]["quality"] for generator in names):
        return (
            "How good they are was not measured: the speakers kept out of training have too few recordings of a class."
        )
    rows = []
    for name, measure in MEASURES.items():
        figures = [report[generator]["quality"].get(name) for generator in names]
        if not all(figures):
            continue
        listed = " | ".join(_figure(figure) for figure in figures if figure)
        rows.append(f"| {measure.title} ({measure.better}) | {listed} |")
    listed = "\n".join(rows)
    return f"""{_verdicts(report, names)}

| measure (better) | {" | ".join(names)} |
|---|{"---|" * len(names)}
{listed}"""


def _figure(figure: Mapping[str, float]) -> str:
    """A value and, in brackets, that of real speech with the range of single real sets."""
    value = f"{figure['value']:.3g} ({figure['real']:.3g}"
    return f"{value}; {figure['low']:.3g} to {figure['high']:.3g})" if "low" in figure else f"{value})"


def _verdicts(report: Mapping[str, Any], names: list[str]) -> str:
    """What each set may be called, and what that was measured with."""
    if not all("verdict" in report[generator] for generator in names):
        return (
            "How good they are, against speakers kept out of training; in brackets what real features of the training speakers "
            "reach in\nsets of the same size. `python -m train judge` measures anew, with a verdict:"
        )
    verdicts = {name: report[name]["verdict"] for name in names}
    listed = "\n".join(
        f"- MI {name}: **{verdict['word']}**, headline {verdict['headline']:.2f}. It {WORDS[verdict['word']]}: {verdict['reason']}."
        for name, verdict in verdicts.items()
    )
    one = verdicts[names[0]]
    return f"""Could they pass for real speech of other speakers?

{listed}

The headline is the smallest of the ratios of precision, recall, density and coverage to those of real against real. Speakers are dealt into
matched halves {one["n_deals"]} times; generated features, and in brackets those of the other half, are held against one half, in sets of
{one["n_samples"]}, neighbourhoods in the {one["n_components"]} leading components. After the semicolon: where single real sets lie. The training
speakers are among the real ones, which is to the advantage of what was generated."""


def _last_layer(report: Mapping[str, Any]) -> str:
    """What stage C chose, and what each kind of last layer gains over the simpler ones."""
    logistic, generated = report["kinds"]
    best, chosen = generated["best"], report["chosen"]
    tried = (
        f"a discriminant on real features (UA {_percent(report['options'][0]['UA'])})",
        f"a logistic regression on them ({_gained(logistic, 'over it')})",
        f"one on them and {best['ratio']} times as many generated ones, MI {best['regulariser']} "
        f"({_gained(generated, 'over the better of these')})",
    )
    kinds = ("discriminant", "logistic regression on real features", "one that learnt from generated features, too,")
    used = kinds[2 if chosen["regulariser"] is not None else 1 if chosen["penalty"] else 0]
    return f"{'; '.join(tried)}. The {used} is used: a kind replaces simpler ones where it gains more than noise"


def _gained(kind: Mapping[str, Any], over: str) -> str:
    low, high = (100 * end for end in kind["interval_95"])
    return f"UA {_percent(kind['best']['UA'])}, {100 * kind['gain']:+.1f} {over}, 95 % {low:+.1f} to {high:+.1f}"


def _limits(config: CheckpointConfig) -> str:
    return f"""## Limits

Acted speech, emotion as listeners from outside name it, few speakers, mostly studio recordings, {_listed(languages(config))}.
What a person feels can't be read off a voice. Not for decisions about people.
"""


def _has_own_words(metrics: Mapping[str, Any]) -> bool:
    return "own_words" in metrics["held_out_speakers"]


def _has_several_corpora(config: CheckpointConfig) -> bool:
    """Then corpora are left out to measure and to choose, else speakers."""
    return len(config.training["audio"]) > 1


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
