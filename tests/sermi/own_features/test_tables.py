"""Tables of strangers: every format in and out, what columns are taken for, and one sentence for what can't be used."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from sermi import own_features
from sermi.errors import SermiError
from sermi.own_features.columns import columns_of
from sermi.own_features.limits import Limits
from sermi.own_features.reading import FORMATS, read_frame
from sermi.own_features.writing import check_output, with_generated, write
from tests.sermi.own_features.tables import features


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "features.csv"
    features().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def table(csv):
    return own_features.read(csv)


def test_columns_are_guessed_and_what_they_are_taken_for_is_one_line(table):
    assert table.columns.features == ("f0", "f1", "f2", "f3", "pauses")
    assert table.describe() == (
        "features.csv: 120 rows; label emotion (3 classes); groups speaker (6); 5 features; left out: file"
    )


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_comes_back_from_every_format(table, ending, tmp_path):
    """Real rows, then generated ones: names, numbers and whole numbers as they were."""
    path = tmp_path / f"augmented{ending}"
    write(with_generated(table, table.X.iloc[:3] + 1, table.y.iloc[:3]), path, table=table)
    frame, _ = read_frame(path)
    real, new = frame.iloc[:120], frame.iloc[120:]
    names = ["X_0"] if "X_0" in frame else list(table.columns.features)
    np.testing.assert_allclose(real[names].to_numpy(float), table.X[names].to_numpy(float), rtol=1e-12)
    np.testing.assert_allclose(new[names].to_numpy(float), table.X[names].iloc[:3].to_numpy(float) + 1, rtol=1e-12)
    assert frame["emotion"].astype(str).tolist() == [*table.y, *table.y[:3]]
    assert new["speaker"].astype(str).tolist() == ["generated"] * 3
    assert frame["generated"].astype(str).tolist() == ["False"] * 120 + ["True"] * 3
    assert new["file"].isin([None, np.nan, ""]).all()
    if ending != ".npz":
        assert pd.api.types.is_integer_dtype(frame["pauses"]) or (frame["pauses"] % 1 == 0).all()


def test_arrays_of_an_npz_come_back_under_their_names(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"h": rng.normal(size=(20, 3)), "t": rng.normal(size=(20, 2)), "label": np.arange(20) % 2}
    np.savez(tmp_path / "a.npz", **arrays, speaker=np.repeat(["a", "b"], 10), note=np.array("of another shape"))
    table = own_features.read(tmp_path / "a.npz", text=["t_*"])
    assert table.columns.features == ("h_0", "h_1", "h_2")
    assert table.text.shape == (20, 2)
    write(with_generated(table, table.X.iloc[:2], table.y.iloc[:2]), tmp_path / "b.npz", table=table)
    with np.load(tmp_path / "b.npz", allow_pickle=False) as made:
        np.testing.assert_array_equal(made["h"][:20], arrays["h"])
        assert made["t"].shape == (22, 2)
        assert made["speaker"].tolist()[-1] == "generated"
        assert made["generated"].sum() == 2


def test_opensmile_arff_with_text_and_classes_in_braces(tmp_path):
    rows = "\n".join(f"'clip {i}.wav',{i % 3 + 0.5},{'anger' if i % 2 else 'joy'}" for i in range(8))
    (tmp_path / "a.arff").write_text(
        "@relation smile\n@attribute name string\n@attribute 'F0 mean' numeric\n@attribute class {anger,joy}\n@data\n"
        + rows
    )
    table = own_features.read(tmp_path / "a.arff")
    assert (table.columns.label, table.columns.features) == ("class", ("F0 mean",))
    assert table.y.tolist()[:2] == ["joy", "anger"]


@pytest.mark.parametrize(
    "text",
    ["f;emotion\n1,5;a\n2,5;b\n", "f\temotion\n1\ta\n2\tb\n", "\ufefff,emotion\n1,a\n2,b\n", "f,emotion\r1,a\r2,b\r"],
)
def test_text_is_separated_by_what_its_header_is(text, tmp_path):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert list(read_frame(tmp_path / "a.csv")[0].columns) == ["f", "emotion"]


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def feather(old, new):
    buffer = io.BytesIO()
    features(60).to_feather(buffer, compression="uncompressed")
    assert old in buffer.getvalue()
    return buffer.getvalue().replace(old, new)


OFFSETS = np.arange(0, 30, 5)
"""Where the first names of files begin in a Feather file."""


def encrypted():
    content = bytearray(npz(X=np.zeros((3, 2))))
    content[content.index(b"PK\1\2") + 8] |= 1
    return bytes(content)


def without_header():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("X.npy", b"1,2,3")
    return buffer.getvalue()


def bomb():
    """A few kilobytes that say they hold 40 MB of zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", bytes(40 * 2**20))
    return buffer.getvalue()


def test_damaged_notes_in_a_table_do_no_harm(tmp_path):
    """What pandas wrote about itself isn't needed."""
    (tmp_path / "a.feather").write_bytes(feather(b'"pandas_version"', b'"pandas_\xff\xffrsion\n'))
    assert read_frame(tmp_path / "a.feather")[0]["emotion"].tolist() == features(60)["emotion"].tolist()
    (tmp_path / "a.arff").write_text("@relation a\n@attribute f real\n@attribute e {a,?,b,a}\n@data\n1,a\n2,?\n3,b\n")
    assert read_frame(tmp_path / "a.arff")[0]["e"].tolist() == ["a", np.nan, "b"]


BROKEN = {
    "there is no such file": ("a.csv", None, "no file"),
    "another format": ("a.xlsx", b"PK", "should end in .csv"),
    "nothing": ("a.csv", b"", "is empty"),
    "a header alone": ("a.csv", b"f,emotion\n", "has no rows"),
    "numbers for a header": ("a.csv", b"1,2\n3,4\n", "should name the columns"),
    "a name twice": ("a.csv", b"f,f,emotion\n1,2,a\n", "two columns called 'f'"),
    "a ragged row": ("a.csv", b"f,emotion\n1,a\n1,a,3\n", "can't be read as CSV"),
    "more values than names": ("a.csv", b"f,emotion\n1,a,3\n2,b,4\n", "can't be read as CSV"),
    "not UTF-8": ("a.csv", "f,emotion\n1,gefühl\n".encode("latin-1"), "not UTF-8"),
    "not text": ("a.csv", b"\0\1\2", "not a table in text"),
    "a damaged Parquet file": ("a.parquet", b"PAR1 and no more", "can't be read as PARQUET"),
    "a damaged Feather file": ("a.feather", b"ARROW1 and no more", "can't be read as FEATHER"),
    "a header without end": ("a.csv", b"f," + b"x" * 200_000 + b"\n1,2\n", "can't be read as CSV"),
    "a Feather file that points beyond its end": (
        "a.feather",
        feather(OFFSETS.tobytes(), (2**30 * (OFFSETS > 0)).tobytes()),
        "can't be read as FEATHER",
    ),
    "an NPZ with a password": ("a.npz", encrypted(), "can't be read as NPZ"),
    "what is no array": ("a.npz", without_header(), "needs an array of rows and columns"),
    "a damaged NPZ": ("a.npz", b"PK and no more", "can't be read as NPZ"),
    "a pickle": ("a.npz", npz(X=np.array([{"a": 1}], object)), "holds Python objects"),
    "more than it seems": ("a.npz", bomb(), "unpacks to"),
    "no table among the arrays": ("a.npz", npz(y=np.zeros(3)), "needs an array of rows and columns"),
    "arrays that don't fit": ("a.npz", npz(X=np.zeros((3, 2)), t=np.zeros((4, 2))), "differ in their rows"),
    "a damaged ARFF": ("a.arff", b"@relation a\n@attribute f what\n@data\n1\n", "can't be read as ARFF"),
    "an ARFF that its parser has no word for": ("a.arff", b"@relation a\n@attibute f real\n@data\n1\n", "as ARFF"),
    "an ARFF row cut short": ("a.arff", b"@relation a\n@attribute f real\n@attribute g real\n@data\n1\n", "as ARFF"),
    "too many rows": ("a.csv", b"f,emotion\n" + b"1,a\n" * 200, "more than 100 rows"),
    "too many columns": ("a.csv", ",".join(f"f{i}" for i in range(60)).encode() + b"\n", "60 columns"),
    "too large": ("a.csv", b"f\n" + b"1\n" * 2**20, "at most 1 can be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_one_sentence(name, tmp_path):
    file, content, message = BROKEN[name]
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(SermiError, match=message) as error:
        read_frame(tmp_path / file, Limits(bytes=2**20, rows=100, columns=50))
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"label": "mood"}, "no column 'mood' for --label"),
        ({}, {"group": "who"}, "no column 'who' for --group"),
        ({}, {"label": "speaker", "group": "speaker"}, "both the label and the group"),
        ({}, {"ignore": ["x*"]}, r"No column is 'x\*'"),
        ({}, {"ignore": ["f*", "pauses"]}, "No column of numbers"),
        ({}, {"text": ["file"]}, "should hold numbers"),
        ({"generated": False}, {}, "a column 'generated' already"),
        ({"emotion": "angry"}, {}, "one class alone"),
        ({"emotion": None}, {}, "have nothing in column 'emotion'"),
        ({"f1": np.nan}, {}, "missing or infinite, such as in column 'f1'"),
        ({"f1": np.inf}, {}, "missing or infinite"),
        ({"emotion": np.linspace(0, 1, 120)}, {}, "a measured number"),
    ],
)
def test_what_lacks_a_part_is_one_sentence(change, options, message, tmp_path):
    features().assign(**change).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SermiError, match=message):
        own_features.read(tmp_path / "a.parquet", **options)


def test_names_and_places_are_no_features():
    frame = features().assign(id=range(5, 125), start=0.5, number=range(120)).reset_index(names="Unnamed: 0")
    columns = columns_of(frame)
    assert columns.left_out == ("Unnamed: 0", "file", "id", "start", "number")
    assert columns_of(frame, guess_group=False).group is None
    assert columns_of(frame.assign(speaker=range(120))).group is None  # each row its own


def test_where_it_is_to_go_is_asked_first(tmp_path):
    with pytest.raises(SermiError, match="should end in"):
        check_output(tmp_path / "a.txt")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(SermiError, match="is a folder"):
        check_output(tmp_path / "a.csv")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_are_numbers_where_something_else_separates(separator, tmp_path):
    frame = features()
    path = tmp_path / "features.csv"
    frame.to_csv(path, index=False, sep=separator, decimal=",")
    table = own_features.read(str(path))
    assert table.columns == own_features.columns_of(frame)
    assert np.allclose(table.X, frame[list(table.columns.features)])


def test_a_few_words_in_a_column_of_numbers_are_named(tmp_path):
    frame = features().astype({"f2": object})
    frame.loc[7, "f2"] = "--undefined--"
    frame.to_csv(tmp_path / "features.csv", index=False)
    with pytest.raises(SermiError, match="Column 'f2' holds text in 1 of 120 rows, such as '--undefined--'"):
        own_features.read(tmp_path / "features.csv")
    assert "f2" not in own_features.read(tmp_path / "features.csv", ignore=["f2"]).columns.features


def test_why_there_are_no_groups_is_said(tmp_path):
    for name, speaker, why in (("one", "a", "one value"), ("many", range(120), "another value in every row")):
        features().assign(speaker=speaker).to_csv(tmp_path / f"{name}.csv", index=False)
        assert f"no groups (speaker has {why})" in own_features.read(tmp_path / f"{name}.csv").describe()


def test_label_and_group_are_nominal_in_an_arff(table, tmp_path):
    augmented = own_features.augment(table, sampler={"steps": 1})
    write(augmented.frame, tmp_path / "more.arff", table=table)
    header = (tmp_path / "more.arff").read_text().split("@DATA")[0]
    assert "@ATTRIBUTE emotion {angry, happy, sad}" in header
    assert "@ATTRIBUTE speaker {generated, s0" in header
    assert "@ATTRIBUTE file STRING" in header


def test_what_is_not_a_table_is_one_sentence():
    with pytest.raises(SermiError, match=r"own_features.read gives, not a DataFrame"):
        own_features.augment(features())
