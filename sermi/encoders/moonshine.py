"""Moonshine tiny (Jeffries et al., arXiv 2410.15608): the embedded speech encoder, int8, from `moonshine-voice`'s wheel.

The package carries the encoder for ONNX Runtime with its last layer as the only output. Emotion is read best from the
middle layers, so the graph is written back as ONNX once, with seven layers as outputs, into the cache.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.cache import cache_dir, checked
from sermi.encoders.base import FrameSequence
from sermi.errors import EncoderError, needs_extra

if TYPE_CHECKING:
    import onnxruntime

NAME = "moonshine-tiny"
_LAYER_OUTPUTS = ("/Transpose_output_0", *(f"/layers.{i}/Add_1_output_0" for i in range(5)), "last_hidden_state")
_HOP = 64 * 3 * 2  # strides of the three convolutions, in samples
_MIN_SAMPLES = 1_600


class MoonshineEncoder:
    """All seven layers of Moonshine tiny, (7, T, 288), about 41 frames a second.

    Clips run one at a time: its group normalisation and int8 scales span the whole input, so padding or a neighbour in
    the batch would change the result. `threads` work on one clip (for the app) or, for many clips, on as many clips.
    """

    name = NAME
    n_layers = len(_LAYER_OUTPUTS)
    dim = 288

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the files that its output depends on."""
        return f"{NAME}-{hashlib.sha256(_packaged_graph().read_bytes()).hexdigest()[:16]}"

    def encode(self, waveforms: Sequence[np.ndarray]) -> list[FrameSequence]:
        """Hidden states of each waveform ((samples,) float32, 16 kHz); shorter than 0.1 s it is padded with zeros."""
        if len(waveforms) == 1:
            return [self._encode(self._session, waveforms[0])]
        session = self._single_session  # made before the threads, which would otherwise each make one
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda waveform: self._encode(session, waveform), waveforms))

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return self._load(self._threads)

    @cached_property
    def _single_session(self) -> onnxruntime.InferenceSession:
        return self._load(1)

    def _load(self, threads: int) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leaves the cores to the prosody
        graph = seven_layer_graph(self.fingerprint)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @staticmethod
    def _encode(session: onnxruntime.InferenceSession, waveform: np.ndarray) -> FrameSequence:
        if len(waveform) < _MIN_SAMPLES:
            waveform = np.pad(waveform, (0, _MIN_SAMPLES - len(waveform)))
        inputs = {"input_values": waveform[None], "attention_mask": np.ones((1, len(waveform)), np.int64)}
        layers = np.concatenate(session.run(_LAYER_OUTPUTS, inputs))
        return FrameSequence(layers, 16_000 / _HOP)


def assets_folder() -> Path:
    """The `assets` folder of the installed moonshine-voice package (found without importing it)."""
    spec = find_spec("moonshine_voice")
    folder = Path(spec.origin).parent / "assets" if spec and spec.origin else None
    if folder is None or not (folder / "tiny-en").is_dir():
        raise EncoderError(f"There is no embedded speech encoder. {needs_extra('moonshine-voice', 'audio')}")
    return folder


def _packaged_graph() -> Path:
    return assets_folder() / "tiny-en" / "encoder_model.ort"


def seven_layer_graph(fingerprint: str) -> str:
    """Path of the encoder as ONNX with the seven layers as outputs, written on first use."""
    return str(checked(cache_dir("encoders"), fingerprint, ".onnx", lambda: _with_layer_outputs(_packaged_graph())))


def _with_layer_outputs(graph: Path) -> bytes:
    import tempfile

    import onnx
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "encoder.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.optimized_model_filepath = str(copy)
        options.add_session_config_entry("session.save_model_format", "ONNX")
        onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        model = onnx.load(copy)
    existing = {output.name for output in model.graph.output}
    for name in _LAYER_OUTPUTS:
        if name not in existing:
            model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return model.SerializeToString()
