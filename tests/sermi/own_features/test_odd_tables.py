"""What tables bring along: an index, codes and names that read as something else, numbers of any width, names that are taken.

Each goes from a file to a file through the command or through `own_features`.
"""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet
from typer.testing import CliRunner

from sermi import cli, own_features
from sermi.errors import SermiError
from sermi.own_features.columns import why_left_out
from sermi.own_features.reading import FORMATS, read_frame
from sermi.own_features.writing import write
from tests.sermi.own_features.tables import features

N = 60
FEATURES = ("f0", "f1", "f2", "f3", "pauses")
SPEAKER = np.arange(N) // 10


def run(*arguments):
    return CliRunner().invoke(cli.app, ["augment", *map(str, arguments)], catch_exceptions=False)


def augmented(source, paths, **options):
    """The files of real and generated rows."""
    table = own_features.read(source, **options)
    frame = own_features.augment(table, sampler={"steps": 1}).frame
    for path in paths:
        write(frame, path, table=table)
    return paths


def sorted_by_emotion(name=None):
    """As a mask and a sort leave it, with an index that tells the emotions apart."""
    frame = features(2 * N)
    frame = frame[np.random.default_rng(0).random(2 * N) < 0.7].sort_values("emotion", kind="stable")
    return frame.set_index(pd.Index(np.arange(len(frame)) ** 2 + 5, name=name))


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize("name", [None, "clip_number"])
def test_an_index_that_pandas_saved_is_no_feature(name, ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    frame = sorted_by_emotion(name)
    frame.to_parquet(path) if ending == "parquet" else feather.write_feather(pa.Table.from_pandas(frame), str(path))
    table = own_features.read(path)
    assert table.columns.features == FEATURES
    assert table.columns.left_out == ("file", name or "__index_level_0__")
    assert why_left_out(table.frame[table.columns.left_out[1]]) == "an index"


def test_an_index_may_be_the_label_or_the_group(tmp_path):
    features().set_index(["emotion", "speaker"]).to_parquet(tmp_path / "a.parquet")
    table = own_features.read(tmp_path / "a.parquet")
    assert (table.columns.label, table.columns.group, table.columns.features) == ("emotion", "speaker", FEATURES)
    frame = sorted_by_emotion("clip_number")
    frame.set_index(frame.index // 900).to_parquet(tmp_path / "b.parquet")
    assert own_features.read(tmp_path / "b.parquet", group="clip_number").columns.group == "clip_number"


@pytest.mark.parametrize(
    "notes", [b"\xff", b"[]", b"7", b'{"index_columns": 3}', b'{"index_columns": [{}]}', b"[" * 10**5]
)
def test_damaged_notes_on_the_index_are_no_notes(notes, tmp_path):
    table = pa.Table.from_pandas(features(), preserve_index=False).replace_schema_metadata({b"pandas": notes})
    feather.write_feather(table, str(tmp_path / "a.feather"))
    assert own_features.read(tmp_path / "a.feather").columns.features == FEATURES


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"text": "hello"}, ("--text-columns", "pauses")),
        ({"X": SPEAKER}, ("--group", "X")),
        ({"feature_names": "f"}, ()),
    ],
)
@pytest.mark.parametrize("plan", [(), ("--plan",)])
def test_a_column_never_takes_the_place_of_the_features(change, options, plan, tmp_path):
    features(N).assign(**change).to_csv(tmp_path / "a.csv", index=False)
    name = next(iter(change))
    with pytest.raises(SermiError, match=f"Column '{name}' has the name of an array that 'b.npz'"):
        run(tmp_path / "a.csv", "--out", tmp_path / "b.npz", "--steps", 1, *options, *plan)
    assert not (tmp_path / "b.npz").exists()


def test_an_array_that_would_be_taken_for_the_mark_is_one_sentence(tmp_path):
    np.savez(tmp_path / "a.npz", generated=np.random.default_rng(0).normal(size=(20, 3)), label=np.arange(20) % 2)
    with pytest.raises(SermiError, match="array 'generated' already"):
        own_features.read(tmp_path / "a.npz")


def test_names_that_no_block_has_are_arrays_beside_the_blocks(tmp_path):
    frame = features(N).assign(text="hello")
    frame.to_csv(tmp_path / "a.csv", index=False)
    augmented(tmp_path / "a.csv", [tmp_path / "b.npz"])
    with np.load(tmp_path / "b.npz", allow_pickle=False) as arrays:
        assert arrays["X"].shape[1] == len(arrays["feature_names"]) == 5
        assert arrays["text"][0] == "hello"


@pytest.mark.parametrize(
    ("speaker", "generated"),
    [
        (SPEAKER.astype(np.uint8), -1),
        (SPEAKER.astype(np.uint64), -1),
        (SPEAKER - 2, -3),
        ((SPEAKER - 2).astype(np.int8), -3),
        (np.where(SPEAKER < 1, "generated", np.char.add("s", SPEAKER.astype(str))), "generated_2"),
        (SPEAKER.astype(np.uint64) + np.uint64(2**63), "generated"),
        (pd.Categorical(SPEAKER), -1),
        (pd.Timestamp("2020-01-01") + pd.to_timedelta(SPEAKER, unit="D"), "generated"),
    ],
)
def test_generated_rows_are_of_a_group_of_their_own(speaker, generated, tmp_path):
    features(N).assign(speaker=speaker).to_parquet(tmp_path / "a.parquet", index=False)
    for path in augmented(tmp_path / "a.parquet", [tmp_path / f"b{ending}" for ending in FORMATS]):
        groups = read_frame(path)[0]["speaker"]
        assert groups.iloc[:N].nunique() == 6, path.name
        assert {str(value) for value in groups.iloc[N:]} == {str(generated)}, path.name
        assert not groups.iloc[:N].isin(groups.iloc[N:]).any(), path.name


def test_left_out_numbers_stay_exact_however_long_they_are(tmp_path):
    ids = np.arange(N, dtype=np.uint64) * np.uint64(3) + np.uint64(2**63 + 1)
    features(N).assign(id=ids).to_parquet(tmp_path / "a.parquet", index=False)
    augmented(tmp_path / "a.parquet", [tmp_path / f"b{ending}" for ending in FORMATS])
    for name in ("b.csv", "b.tsv", "b.arff"):
        content = (tmp_path / name).read_text()
        assert all(str(one) in content for one in ids), name
    tables = [parquet.read_table(tmp_path / "b.parquet"), feather.read_table(tmp_path / "b.feather")]
    assert [table["id"].to_pylist()[:N] for table in tables] == [ids.tolist()] * 2
    with np.load(tmp_path / "b.npz", allow_pickle=False) as arrays:
        assert arrays["id"][:N].astype(np.uint64).tolist() == ids.tolist()


def test_whole_numbers_that_are_no_features_fit_into_an_npz(tmp_path):
    """Of the words, left out by choice, or true and false, in one array with the features or in another."""
    rng = np.random.default_rng(0)
    arrays = {
        "h": rng.integers(9, size=(30, 3)),
        "t": rng.integers(9, size=(30, 2)),
        "flags": rng.random((30, 2)) < 0.5,
    }
    names = np.array([f"clip {i}" for i in range(60)]).reshape(30, 2)
    np.savez(tmp_path / "a.npz", **arrays, names=names, emotion=np.arange(30) % 2)
    augmented(tmp_path / "a.npz", [tmp_path / "b.npz"], text=["t_*"], ignore=["h_1"])
    with np.load(tmp_path / "b.npz", allow_pickle=False) as made:
        for name, array in arrays.items():
            np.testing.assert_array_equal(made[name][:30], array)
        assert made["names"][:30].tolist() == names.tolist()
        assert np.isnan(made["t"][30:]).all()
        assert np.isnan(made["h"][30:, 1]).all()
        assert np.isfinite(made["h"][30:, [0, 2]]).all()
        assert set(made["names"][30:].ravel()) == {""}
    features(N).assign(t0=rng.integers(9, size=N)).to_csv(tmp_path / "a.csv", index=False)
    augmented(tmp_path / "a.csv", [tmp_path / "c.npz"], text=["t0"])
    with np.load(tmp_path / "c.npz", allow_pickle=False) as made:
        assert made["text"][:N].dtype == np.float64


def test_brackets_in_patterns_are_brackets(tmp_path):
    names = ["mfcc[0]_m", "mfcc[1]_m", "t[0]", "t[1]"]
    features(N).rename(columns=dict(zip(["f0", "f1", "f2", "f3"], names, strict=True))).to_csv(
        tmp_path / "a.csv", index=False
    )
    table = own_features.read(tmp_path / "a.csv", ignore=["mfcc[0]*"], text=["t[?]"])
    assert table.columns.features == ("mfcc[1]_m", "pauses")
    assert table.columns.text == ("t[0]", "t[1]")
    with pytest.raises(SermiError, match="No column is"):
        own_features.read(tmp_path / "a.csv", ignore=["[mt]*"])


@pytest.mark.parametrize("plan", [(), ("--plan",)])
def test_a_report_of_which_no_split_can_be_tested_is_refused_first(plan, tmp_path):
    frame = features(N)
    frame["emotion"] = np.where(np.arange(N) % 2, "angry", "happy")
    frame.assign(speaker=frame["emotion"]).to_csv(tmp_path / "two.csv", index=False)
    out, page = tmp_path / "more.csv", tmp_path / "page.html"
    with pytest.raises(SermiError, match="the others are of one class, so nothing can be tested"):
        run(tmp_path / "two.csv", "--out", out, "--report", page, "--steps", 1, *plan)
    assert not out.exists()
    with pytest.raises(SermiError, match="nothing can be tested"):
        own_features.cross_validated_gains(frame[["f0"]], frame["emotion"], groups=frame["emotion"])


def test_no_more_folds_are_dealt_than_the_largest_class_has_rows():
    frame = features(8).assign(emotion=["a", "b"] * 4)
    gains = own_features.cross_validated_gains(
        frame[["f0"]], frame["emotion"].tolist(), groups=np.arange(8), ways=[], n_repeats=1
    )
    assert gains.n_folds == 4


@pytest.mark.parametrize("plan", [(), ("--plan",)])
def test_a_class_of_one_row_is_refused_with_a_plan_as_without(plan, tmp_path):
    frame = features(N)
    frame.loc[0, "emotion"] = "rare"
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(SermiError, match="one row of 'rare'"):
        run(tmp_path / "a.csv", "--out", tmp_path / "b.csv", "--steps", 1, *plan)


def text_of(frame, **options):
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_codes_and_names_come_back_as_they_are_written(separator, tmp_path):
    """01 is no 1, and who is called NA, or feels None, is not missing."""
    clip = [f"{i + 1:03}" for i in range(N)]
    frame = features(N).assign(speaker=np.char.zfill(SPEAKER.astype(str), 2), clip=clip, take=["", *clip[1:]])
    frame["who"] = np.where(SPEAKER < 3, "NA", "BK")
    frame = frame.replace({"emotion": {"sad": "None"}})
    decimal = "." if separator == "," else ","
    (tmp_path / "a.csv").write_text(text_of(frame, sep=separator, decimal=decimal), encoding="utf-8")
    table = own_features.read(tmp_path / "a.csv")
    assert table.columns.features == FEATURES
    assert set(table.y) == {"angry", "happy", "None"}
    augmented(tmp_path / "a.csv", [tmp_path / "b.csv"])
    real = pd.read_csv(tmp_path / "b.csv", dtype=str, keep_default_na=False).iloc[:N]
    for name in ("speaker", "clip", "take", "who", "emotion"):
        assert real[name].tolist() == frame[name].tolist()
    assert own_features.read(tmp_path / "a.csv", group="who").frame["who"].nunique() == 2


@pytest.mark.parametrize("missing", ["NaN", "nan", "NA", "N/A", "null", ""])
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_is_missing_among_numbers_is_missing_however_it_is_spelt(missing, decimal, tmp_path):
    frame = features(N).astype({"pauses": float})
    frame.loc[:20, ["f1", "pauses"]] = np.nan
    text = text_of(frame, sep=";", decimal=decimal, na_rep=missing)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    for name in ("f1", "pauses"):
        others = [other for other in ("f1", "pauses") if other != name]
        with pytest.raises(
            SermiError, match=f"21 rows have values that are missing or infinite, such as in column '{name}'"
        ):
            own_features.read(tmp_path / "a.csv", ignore=others)


def test_a_word_among_numbers_is_named_however_missing_ones_are_spelt(tmp_path):
    frame = features(N).astype({"pauses": object})
    frame.loc[:20, "pauses"] = "NaN"
    frame.loc[21, "pauses"] = "--undefined--"
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(SermiError, match="Column 'pauses' holds text in 1 of 60 rows, such as '--undefined--'"):
        own_features.read(tmp_path / "a.csv")


def test_nobody_in_the_column_of_the_speaker_is_one_sentence(tmp_path):
    frame = features(N)
    frame.loc[:4, "speaker"] = None
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(SermiError, match="5 rows have nothing in column 'speaker'"):
        own_features.read(tmp_path / "a.csv")
