"""Checkpoints that answer with context, fitted on the reference features of those that don't."""

from dataclasses import replace

import numpy as np

DIM = 40


def with_voices(checkpoint):
    """The same checkpoint with a small voice model; as it is where it has one."""
    from sermi.checkpoint import FORMAT
    from sermi.voice import (
        VoiceRecogniser,
        VoiceSettings,
        choose_fit_test,
        choose_temperatures,
        fit_voice_model,
        held_out_voices,
    )

    if checkpoint.voices:
        return checkpoint
    rows = checkpoint.reference
    h, c = rows.h[:, :DIM].astype(float), rows.c
    options = {
        "speaker": rows.speaker.astype(str),
        "corpus": np.full(len(h), "all"),
        "n_classes": len(checkpoint.config.classes),
        "settings": VoiceSettings(0.3),
    }
    left_out = held_out_voices(h, c, **options)
    voices = VoiceRecogniser(
        fit_voice_model(h, c, **options), choose_temperatures(left_out), choose_fit_test(left_out, n_draws=2)
    )
    return replace(checkpoint, voices=voices, config=replace(checkpoint.config, voices=voices.config, format=FORMAT))
