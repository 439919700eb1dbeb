"""Emotional corpora, each read from its published files into one table.

>>> sorted(AUDIO_READERS)
['csv', 'emodb', 'emotts', 'iemocap', 'msp_improv', 'msp_podcast', 'nemo', 'ravdess', 'savee', 'tess', 'turev']
>>> sorted(TEXT_READERS)
['goemotions', 'meld']
"""

from train.corpora.registry import AUDIO_READERS, TEXT_READERS, read_audio, read_text
from train.corpora.table import COLUMNS, TEXT_COLUMNS

__all__ = ["AUDIO_READERS", "COLUMNS", "TEXT_COLUMNS", "TEXT_READERS", "read_audio", "read_text"]
