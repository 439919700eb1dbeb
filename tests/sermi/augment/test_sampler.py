"""The sampler as imbalanced-learn and scikit-learn know such things, and the tables that it takes and gives."""

import json
import os
import pickle
import subprocess
import sys
from collections import Counter

import imblearn.utils.estimator_checks as imblearn_checks
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.utils.estimator_checks import parametrize_with_checks

from sermi import SermiSampler
from sermi.errors import FeatureError

QUICK = SermiSampler(steps=1, random_state=0)


# none is expected to fail, and one is skipped by scikit-learn itself: check_array_api_input, which $SCIPY_ARRAY_API turns on
@parametrize_with_checks([QUICK])
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    list(imblearn_checks.estimator_checks_generator(QUICK)),
    ids=lambda each: imblearn_checks._check_name(each) if callable(each) else "",
)
def test_it_is_a_sampler_of_imbalanced_learn(estimator, check):
    check(estimator)


def test_it_checks_its_parameters_and_names_as_theirs_do():
    imblearn_checks.check_param_validation("SermiSampler", QUICK)
    imblearn_checks.check_dataframe_column_names_consistency("SermiSampler", QUICK)


@pytest.fixture(scope="module")
def table():
    """Three classes of 90, 60 and 30 rows, eight groups; a column of each kind."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [90, 60, 30])
    place = rng.normal(size=(3, 6))[y] + rng.normal(size=(180, 6))
    x = pd.DataFrame(place, columns=list("abcdef"))
    x = x.assign(
        count=rng.poisson(np.exp(place[:, 0])),
        flag=place[:, 1] > 0,
        constant=0.1,
        heavy=np.exp(2 * place[:, 2]),
        share=1 / (1 + np.exp(-3 * place[:, 3])),
        rectified=np.maximum(place[:, 4], 0),
        level=np.round(place[:, 5]).clip(-1, 1) / 2,
        small=place[:, 0].astype(np.float32),
    )
    x = x.astype({"count": np.int8})
    return x, pd.Series(np.array(["calm", "angry", "sad"])[y], name="emotion"), rng.integers(0, 8, 180)


def test_every_class_comes_out_as_large_and_enlarged(table):
    x, y, groups = table
    sampler = SermiSampler(steps=1, random_state=0)
    assert Counter(sampler.fit_resample(x, y, groups=groups)[1]) == {"calm": 180, "angry": 180, "sad": 180}
    assert sampler.sampling_strategy_ == {"angry": 120, "calm": 90, "sad": 150}
    assert Counter(clone(sampler).set_params(ratio=0.5).fit_resample(x, y)[1])["sad"] == 135
    for strategy, counts in {
        "minority": {"calm": 90, "angry": 60, "sad": 90},
        "not minority": {"calm": 90, "angry": 90, "sad": 30},
        "not majority": {"calm": 90, "angry": 90, "sad": 90},
    }.items():
        assert Counter(clone(sampler).set_params(sampling_strategy=strategy).fit_resample(x, y)[1]) == counts
    for strategy in ({"sad": 40}, lambda labels: {"sad": 40}):
        resampled = clone(sampler).set_params(sampling_strategy=strategy).fit_resample(x, y)[1]
        assert Counter(resampled) == {"calm": 90, "angry": 60, "sad": 40}
    two = y != "calm"
    assert Counter(clone(sampler).set_params(sampling_strategy=0.75).fit_resample(x[two], y[two])[1])["sad"] == 45


def test_columns_come_back_in_their_own_kind_and_range(table):
    x, y, groups = table
    resampled, labels = SermiSampler(steps=20, random_state=0).fit_resample(x, y, groups=groups)
    assert resampled.dtypes.equals(x.dtypes)
    assert labels.name == "emotion"
    pd.testing.assert_frame_equal(resampled.iloc[: len(x)], x)
    new = resampled.iloc[len(x) :]
    assert new["count"].between(x["count"].min(), x["count"].max()).all()
    assert set(new["level"]) == {-0.5, 0.0, 0.5}
    assert set(new["constant"]) == {0.1}
    assert 0.2 < new["flag"].mean() < 0.8
    assert new["heavy"].between(x["heavy"].min(), x["heavy"].max()).all()
    assert new["share"].between(0, 1).all()
    assert (new["rectified"] >= 0).all()
    assert abs((new["rectified"] == 0).mean() - (x["rectified"] == 0).mean()) < 0.2
    for name in ("a", "heavy", "share", "small"):
        assert 0.5 < new[name].rank().std() / len(new) / (x[name].rank().std() / len(x)) < 2
        assert abs(np.median(new[name]) - np.median(x[name])) < x[name].std()


def test_what_is_off_the_components_keeps_its_spread():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 60)) @ rng.normal(size=(60, 60)), np.arange(400) % 2
    resampled, _ = SermiSampler(n_components=3, regulariser="off", steps=1, random_state=0).fit_resample(x, y)
    new = resampled[400:]
    assert np.median(new.std(axis=0) / x.std(axis=0)) == pytest.approx(1, abs=0.1)
    assert np.corrcoef(np.cov(x.T).ravel(), np.cov(new.T).ravel())[0, 1] > 0.9


@pytest.mark.parametrize("library", ["polars", "pyarrow", "lists", "arrays of single precision", "nullable pandas"])
def test_a_table_comes_out_as_the_kind_that_went_in(table, library):
    x, y, _ = table
    if library == "polars":
        given, labels = pl.from_pandas(x), pl.Series("emotion", y.tolist(), dtype=pl.Categorical)
    elif library == "pyarrow":
        given, labels = pl.from_pandas(x).to_arrow(), pl.DataFrame({"emotion": y.tolist()}).to_arrow()
    elif library == "lists":
        given, labels = x.to_numpy(float).tolist(), y.tolist()
    elif library == "nullable pandas":
        given, labels = x.convert_dtypes(), y.astype("category")
    else:
        given, labels = x.to_numpy(np.float32), y.to_numpy()
    sampler = clone(QUICK)
    resampled, resampled_labels = sampler.fit_resample(given, labels)
    assert type(resampled) is type(given)
    assert type(resampled_labels) is type(labels)
    assert len(resampled) == len(resampled_labels) == 540
    if library in ("polars", "pyarrow"):
        assert resampled.schema == given.schema
        assert resampled[: len(given)].equals(given)
        assert list(sampler.feature_names_in_) == list(x.columns)
    if library == "polars":
        assert resampled_labels.dtype == pl.Categorical
    if library == "nullable pandas":
        assert resampled.dtypes.equals(given.dtypes)
        assert resampled_labels.dtype == labels.dtype


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_stands_in_a_pipeline_and_is_routed_its_groups(table):
    x, y, groups = table
    features = x[list("abcdef")]
    with sklearn.config_context(enable_metadata_routing=True):
        sampler = clone(QUICK).set_fit_resample_request(groups=True)
        model = make_pipeline(sampler, LogisticRegression(max_iter=300))
        parts = {"cv": GroupKFold(3), "params": {"groups": groups}, "return_estimator": True}
        done = cross_validate(model, features, y, **parts)
        assert done["test_score"].mean() > 0.5
        assert done["estimator"][0][0].report_.n_groups < len(np.unique(groups))
    search = GridSearchCV(make_pipeline(clone(QUICK), LogisticRegression()), {"sermisampler__ratio": [0, 1]}, cv=2)
    assert search.fit(features, y).best_params_["sermisampler__ratio"] in (0, 1)


def test_it_says_what_it_generated_and_how_much_that_carries(table):
    x, y, groups = table
    sampler = SermiSampler(steps=5, random_state=0)
    with pytest.raises(AttributeError, match="call fit_resample first"):
        _ = sampler.fit(x, y, groups=groups).report_
    sampler.fit_resample(x, y, groups=groups)
    report = sampler.report_
    assert report is sampler.report_
    assert report.generated == {"angry": 120, "calm": 90, "sad": 150}
    assert report.information.ceiling == pytest.approx(1.08, abs=0.02)
    assert abs(report.information.control) < 0.1
    assert report.real_information.n_groups == report.n_groups == 8
    assert report.quality.by_speaker
    assert "nats about the label" in report.verdict
    assert "cross-validate" in str(report)
    assert json.loads(json.dumps(report.as_dict()))["verdict"] == report.verdict
    assert sampler.sample_scores_.shape == (360,)
    assert sampler.sample_scores_.max() <= np.log(3)
    assert sampler.sample_scores_.mean() == pytest.approx(report.information.value, abs=0.4)


def test_what_generated_rows_carry_is_measured_on_groups_left_out_as_of_real_ones():
    """With rows of one drawn group on both sides a critic knows the group; `match` then seems to miss what it meets."""
    rng = np.random.default_rng(0)
    group, y = (np.repeat(codes.ravel(), 6) for codes in np.meshgrid(np.arange(12), np.arange(4), indexing="ij"))
    scales = ((0.35, (4,)), (1.0, (12,)), (1.5, (12, 4)))
    of_class, of_group, of_both = (scale * rng.normal(size=(*shape, 20)) for scale, shape in scales)
    x = of_class[y] + of_group[group] + of_both[group, y] + rng.normal(size=(len(y), 20))
    reports = []
    for seed in range(3):
        sampler = SermiSampler(regulariser="match", steps=0, random_state=seed)
        sampler.fit_resample(x, y, groups=group)
        reports.append(sampler.report_)
    carried = np.mean([report.information.value for report in reports])
    assert carried == pytest.approx(reports[0].real_information.value, abs=0.15)
    assert [report.information.n_groups for report in reports] == [12] * 3


def test_words_beside_each_row_come_out_as_well(table):
    x, y, groups = table
    text = np.random.default_rng(1).normal(size=(180, 7)) + y.factorize()[0][:, None]
    sampler = SermiSampler(steps=1, random_state=0)
    sampler.fit_resample(x, y, groups=groups, text=text)
    assert sampler.text_resampled_.shape == (540, 7)
    assert np.array_equal(sampler.text_resampled_[:180], text)
    angry, other = (sampler.sample(["angry"] * 2, text=text[rows]) for rows in ([0, 1], [100, 101]))
    assert angry.shape == (2, 14)
    assert not np.array_equal(angry, other)
    with pytest.raises(FeatureError, match=r"text should be \(1, 7\) in shape, not \(2, 7\)"):
        sampler.sample(["sad"], text=text[:2])
    with pytest.raises(FeatureError, match="fitted without text"):
        sampler.fit(x, y).sample(["sad"], text=text[:1])


def test_tuning_chooses_what_folds_of_groups_favour(table):
    x, y, groups = table
    sampler = SermiSampler(steps=2, tune=True, random_state=0)
    _, labels = sampler.fit_resample(x[list("abcdef")], y, groups=groups)
    tuning = sampler.tuning_
    assert tuning.grouped
    assert len(tuning.tried) == 13
    assert sorted((one.ua for one in tuning.tried), reverse=True) == [one.ua for one in tuning.tried]
    assert sampler.regulariser_ == tuning.best.regulariser
    assert len(labels) == 3 * round(90 * (1 + tuning.best.ratio))


def test_a_saved_sampler_goes_on_where_it_was(table, tmp_path):
    x, y, groups = table
    sampler = SermiSampler(sampling_strategy={"sad": 95}, steps=1, random_state=3)
    sampler.fit_resample(x, y, groups=groups)
    _ = sampler.report_
    sampler.save(tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "report.json",
        "sampler.json",
        "sampler.safetensors",
    ]
    again = SermiSampler.load(tmp_path / "kept")
    labels = ["sad", "calm"] * 20
    assert np.array_equal(again.sample(labels), sampler.sample(labels))
    assert again.get_params() == sampler.get_params()
    assert again.sampling_strategy_ == {"angry": 0, "calm": 0, "sad": 65}
    assert list(again.feature_names_in_) == list(x.columns)
    assert np.array_equal(pickle.loads(pickle.dumps(sampler)).sample(labels), sampler.sample(labels))  # noqa: S301
    with pytest.raises(FeatureError, match="doesn't know the label 'happy'; it knows 'angry', 'calm', 'sad'"):
        again.sample(["happy"])
    with pytest.raises(FeatureError, match=r"holds no saved sampler: sampler\.json is missing"):
        SermiSampler.load(tmp_path)
    (tmp_path / "kept" / "sampler.json").write_text('{"format": 1}')
    with pytest.raises(FeatureError, match="can't be read: parameters is missing; save it again"):
        SermiSampler.load(tmp_path / "kept")
    with pytest.raises(FeatureError, match="that is a function can't be saved"):
        sampler.set_params(sampling_strategy=lambda y: {}).save(tmp_path / "other")


SAME = """
import hashlib, numpy as np
from sermi import SermiSampler
rng = np.random.default_rng(0)
y = np.arange(90) % 3
x = np.eye(3, 150)[y] + rng.normal(size=(90, 150))
out, _ = SermiSampler(steps=10, random_state=7).fit_resample(x, y, groups=np.arange(90) // 9)
print(hashlib.sha256(np.ascontiguousarray(out)).hexdigest())
"""


def absent(folder, *modules):
    """An environment in which modules aren't installed."""
    for module in modules:
        (folder / f"{module}.py").write_text(f"raise ModuleNotFoundError('no', name='{module}')")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}


def test_the_same_seed_gives_the_same_rows_in_every_process_and_the_extra_is_enough(tmp_path, capsys):
    environment = absent(tmp_path, "gradio", "pandas", "plotly", "polars", "pyarrow", "torchaudio", "transformers")
    environment |= {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}
    other = subprocess.run([sys.executable, "-c", SAME], capture_output=True, text=True, env=environment)
    np.random.seed(1)  # must not matter
    exec(SAME)
    assert capsys.readouterr().out == other.stdout, other.stderr


def test_without_imbalanced_learn_one_sentence_says_what_to_install(tmp_path):
    code = (
        "import sys, sermi, sermi.augment, sermi.errors\n"
        "assert 'imblearn' not in sys.modules and 'pandas' not in sys.modules\n"
        "try: from sermi import SermiSampler\n"
        "except sermi.errors.SermiError as error: print(error)"
    )
    environment = absent(tmp_path, "imblearn")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("This needs imblearn, which the extra 'augment' brings"), done.stderr
