import pytest

from sermi.stats.folds import speaker_folds
from train.comparison.references import REFERENCES


@pytest.mark.parametrize("name", list(REFERENCES))
def test_references_learn_and_say_what_was_chosen(name, speech_like):
    folds = list(speaker_folds(speech_like.speaker, 4, 0))
    train, test = speech_like.where(~folds[0]), speech_like.where(folds[0])
    inner = [(train.where(~fold), train.where(fold)) for fold in speaker_folds(train.speaker, 3, 0)]
    fitted = REFERENCES[name](train, 3, inner)
    assert (fitted.predict(test) == test.c).mean() > 0.8
    assert len(fitted.chosen) == 1
