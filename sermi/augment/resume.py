"""The state of a training run in one safetensors file, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from sermi.cache import write_atomic


class Run(Protocol):
    """What a run must have to be saved: modules with a state_dict, optimisers by name, how far it is, and its log."""

    optimisers: dict[str, torch.optim.Optimizer]
    step: int
    log: list[dict[str, float]]

    def state_dict(self) -> dict[str, Tensor]: ...
    def load_state_dict(self, state: dict[str, Tensor]) -> Any: ...


def fingerprint(*of: Any) -> str:
    """A digest of settings and arrays: a state may only be gone on from where all of them are the same."""
    digest = hashlib.sha256()
    for part in of:
        if isinstance(part, np.ndarray):
            digest.update(repr((part.shape, str(part.dtype))).encode() + np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def save(run: Run, path: Path, of: str) -> None:
    """Write weights, optimisers, random numbers (the CPU's) and log. The file is whole or the one before it."""
    tensors = {f"module.{name}": tensor for name, tensor in run.state_dict().items()}
    for name, optimiser in run.optimisers.items():
        for i, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{name}.{i}.{key}": value for key, value in state.items()}
    tensors["random"] = torch.get_rng_state()
    about = {"of": of, "step": str(run.step), "log": json.dumps(run.log)}
    path.parent.mkdir(parents=True, exist_ok=True)
    # clones: tensors that share memory can't be written
    write_atomic(path, safetensors.torch.save({k: v.detach().clone().contiguous() for k, v in tensors.items()}, about))


def restore(run: Run, path: Path, of: str) -> bool:
    """Bring a run to a saved state; False, and nothing changed, where there is none of the same data and settings."""
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("of") != of:
                return False
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError):
        return False
    run.load_state_dict({name.removeprefix("module."): t for name, t in tensors.items() if name.startswith("module.")})
    for name, optimiser in run.optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith(f"optimiser.{name}."):
                _, _, i, what = key.split(".")
                state.setdefault(int(i), {})[what] = tensor
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    torch.set_rng_state(tensors["random"])
    run.step, run.log = int(about["step"]), json.loads(about["log"])
    return True
