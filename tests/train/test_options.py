"""What the command line offers to choose from is what there is, and asking what there is loads nothing heavy."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from sermi.encoders.pretrained import PRECISIONS
from sermi.errors import SermiError
from sermi.labels import CLASS_SETS
from train import options
from train.comparison.settings import SETTINGS
from train.comparison.voice_contexts import PROTOCOLS as VOICE_PROTOCOLS
from train.corpora.registry import AUDIO_READERS, TEXT_READERS
from train.protocols import PROTOCOLS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("offered", "registry"),
    [
        (get_args(options.ProtocolName), PROTOCOLS),
        (get_args(options.ComparisonName), SETTINGS),
        (get_args(options.VoiceComparisonName), VOICE_PROTOCOLS),
        (get_args(options.PlannedName), {**SETTINGS, **PROTOCOLS}),
        (get_args(options.ClassSetName), CLASS_SETS),
        (get_args(options.Precision), PRECISIONS),
        (options.AUDIO_CORPORA, AUDIO_READERS),
        (options.TEXT_CORPORA, TEXT_READERS),
    ],
)
def test_the_choices_are_those_of_the_registries(offered, registry):
    assert list(offered) == list(registry)


def test_help_is_light():
    code = "import sys, train.cli; print([m for m in ('torch', 'pandas', 'numpy', 'sklearn') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("pair", ["ravdess", "ravdess=", "=", ""])
def test_a_folder_without_a_name_is_one_sentence(pair):
    with pytest.raises(SermiError, match="should be NAME=FOLDER"):
        options.split_folders([pair])


def test_a_name_that_comes_twice_is_one_sentence():
    with pytest.raises(SermiError, match=r"'csv' is named twice, as a.csv and as b.csv"):
        options.split_folders(["csv=a.csv", "csv=b.csv"])


def test_folders_may_hold_an_equals_sign():
    assert options.split_folders(["csv=a=b.csv"]) == {"csv": Path("a=b.csv")}


def test_folders_may_be_below_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    assert options.split_folders(["csv=~/mine.csv"]) == {"csv": Path("/home/ann/mine.csv")}
