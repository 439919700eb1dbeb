"""Voices: what a speaker adds to features, inferred from clips, and emotions given that; equations in `model.py`."""

from sermi.voice.context import Voice
from sermi.voice.fitness import FitTest, KnownVoice, voice_ratios
from sermi.voice.fitting import VoiceSettings, fit_voice_model
from sermi.voice.held_out import (
    HeldOutVoices,
    Temperatures,
    choose_fit_test,
    choose_temperatures,
    held_out_voices,
)
from sermi.voice.model import VoiceModel
from sermi.voice.posterior import NO_SHIFTS, Posterior, ShiftFactors
from sermi.voice.recogniser import VoiceConfig, VoiceRecogniser
from sermi.voice.shifts import with_shifts

__all__ = [
    "NO_SHIFTS",
    "FitTest",
    "HeldOutVoices",
    "KnownVoice",
    "Posterior",
    "ShiftFactors",
    "Temperatures",
    "Voice",
    "VoiceConfig",
    "VoiceModel",
    "VoiceRecogniser",
    "VoiceSettings",
    "choose_fit_test",
    "choose_temperatures",
    "fit_voice_model",
    "held_out_voices",
    "voice_ratios",
    "with_shifts",
]
