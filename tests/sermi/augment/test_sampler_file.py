"""What a folder of a sampler holds, and what nobody can find out by it."""

import json

import numpy as np
from safetensors.numpy import load_file

from sermi import SermiSampler

RNG = np.random.default_rng(5)


def test_no_row_can_be_solved_for_by_who_knows_the_seed(tmp_path):
    n, d = 100, 200
    x, y = RNG.normal(size=(n, d)), np.arange(n) % 2
    SermiSampler(n_components=10, steps=1, random_state=0).fit(x, y).save(tmp_path)
    root = load_file(tmp_path / "sampler.safetensors")["space.rest_root"]
    seeds = np.random.RandomState(json.loads((tmp_path / "sampler.json").read_text())["parameters"]["random_state"])
    mixing = np.random.default_rng(int(seeds.randint(2**31 - 1, size=2)[0])).standard_normal((n, n), dtype=np.float32)
    solved = np.linalg.lstsq(mixing.astype(float), root.astype(float), rcond=None)[0]
    alike = np.corrcoef(solved, (x - x.mean(axis=0)) / x.std(axis=0))[:n, n:]
    assert (np.abs(alike).argmax(axis=1) == np.arange(n)).mean() < 0.1  # mixtures themselves gave all of them away
    assert np.allclose(root @ root.T, np.diag((root**2).sum(axis=1)), atol=1e-3)


def test_a_report_of_another_sampler_does_not_stay(tmp_path):
    x, y = RNG.normal(size=(40, 3)), np.arange(40) % 2
    measured = SermiSampler(steps=1, random_state=0)
    measured.fit_resample(x, y)
    _ = measured.report_
    measured.save(tmp_path)
    assert (tmp_path / "report.json").exists()
    (tmp_path / "notes.txt").write_text("mine")
    SermiSampler(steps=1, random_state=1).fit(x, y).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "sampler.json", "sampler.safetensors"]
