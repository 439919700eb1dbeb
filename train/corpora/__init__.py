"""Emotional corpora, each read from its published files into one table.

>>> sorted(AUDIO_READERS), sorted(TEXT_READERS)
(['csv', 'emodb', 'iemocap', 'msp_improv', 'msp_podcast', 'nemo', 'ravdess', 'tess'], ['goemotions', 'meld'])
"""

from train.corpora.registry import AUDIO_READERS, TEXT_READERS, read_audio, read_text
from train.corpora.table import COLUMNS, TEXT_COLUMNS

__all__ = ["AUDIO_READERS", "COLUMNS", "TEXT_COLUMNS", "TEXT_READERS", "read_audio", "read_text"]
