"""Training a critic on one part of the pairs, and stopping it where another part says."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from sermi.mi import bounds
from sermi.mi.interface import MIError
from sermi.stats.threads import single_threaded

BoundName = Literal["infonce", "smile", "nwj", "mine"]
BOUNDS: tuple[BoundName, ...] = ("infonce", "smile", "nwj", "mine")
_VALIDATION_BLOCK = 512
_DECAY = 0.99

CRITERIA: dict[BoundName, Callable[[Tensor], Tensor]] = {
    "infonce": lambda scores: bounds.info_nce(scores, symmetric=True),
    "smile": bounds.jensen_shannon,
    "nwj": lambda scores: bounds.nwj(scores + 1),
    "mine": bounds.donsker_varadhan,
}
"""What a critic of each bound is trained towards and stopped by, as a function of scores (B, B) that estimate the log
density ratio. SMILE's own value is not among them: it is no bound, so a critic could raise it by being wrong."""


@dataclass(frozen=True)
class Training:
    """How a critic is trained. The defaults are those of the usual Gaussian benchmarks (Poole et al. 2019, section 4)."""

    batch_size: int = 128
    """B."""
    learning_rate: float = 5e-4
    """Of Adam."""
    max_steps: int = 4000
    """Of Adam."""
    check_every: int = 50
    """Steps between checks on the validation part."""
    patience: int = 12
    """Checks without a better one before it stops."""
    device: str = "cpu"
    """Such as "cpu" or "cuda"."""
    progress: bool = False
    """Show a bar."""

    def __post_init__(self) -> None:
        for name, least in (("batch_size", 2), ("max_steps", 1), ("check_every", 1), ("patience", 1)):
            if getattr(self, name) < least:
                raise MIError(f"{name} must be at least {least}, not {getattr(self, name)}.")
        if not self.learning_rate > 0:
            raise MIError(f"learning_rate must be above 0, not {self.learning_rate}.")
        try:
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError) as error:
            raise MIError(f"The device {self.device!r} can't be used here; try device='cpu'.") from error


@dataclass(frozen=True)
class FittedCritic:
    """The best state of a critic."""

    network: nn.Module
    history: list[tuple[int, float]] = field(repr=False)
    """(step, criterion on the validation part)."""

    @property
    def best(self) -> tuple[int, float]:
        """Step and criterion of the state that was kept."""
        return max(self.history, key=lambda entry: (entry[1], -entry[0]))


@single_threaded
def fit_critic(
    network: nn.Module,
    fit: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    *,
    bound: BoundName,
    seed: int,
    training: Training | None = None,
) -> FittedCritic:
    """Maximise a bound with Adam on one part, keep the step that is best on the other; step 0 is among them.

    What is looked at and kept is the moving average of the weights.

    Args:
        network: (B, d), (M, d') -> (B, M); it is trained in place, and the best state returned as a copy.
        fit: x (N, d) and y (N, d') float32, paired.
        validation: the same of other samples.
        bound: what is maximised.
        seed: of the batches. Neither the caller's random state nor NumPy's is touched.
        training: steps, rates, device.

    Raises:
        MIError: an unknown bound, or parts that are too small to have a pair of independent samples.
    """
    training = training or Training()
    if bound not in BOUNDS:
        raise MIError(f"The bound must be one of {', '.join(BOUNDS)}, not {bound!r}.")
    if min(len(fit[0]), len(validation[0])) < 2:
        raise MIError("Fitting a critic needs at least two pairs to fit and two to validate on; give more samples.")
    device = torch.device(training.device)
    network.to(device)
    x, y = (part.to(device) for part in fit)
    batches = _batches(len(x), min(training.batch_size, len(x)), seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=training.learning_rate)
    # averaged over recent steps, a critic is worth several times as many without
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_DECAY))
    best = copy.deepcopy(network).eval()
    history = [(0, validate(best, validation, bound, training))]
    best_value, waited, log_average = history[0][1], 0, None
    steps = tqdm(range(1, training.max_steps + 1), desc=bound, disable=not training.progress, leave=False)
    for step in steps:
        network.train()
        rows = next(batches).to(device)
        scores = network(x[rows], y[rows])
        if bound == "mine":
            value, log_average = bounds.mine(scores, log_average)
        else:
            value = CRITERIA[bound](scores)
        optimiser.zero_grad(set_to_none=True)
        (-value).backward()
        optimiser.step()
        average.update_parameters(network)
        if step % training.check_every and step != training.max_steps:
            continue
        history.append((step, validate(average.module, validation, bound, training)))
        steps.set_postfix({"validation": f"{history[-1][1]:.3f}"})
        if history[-1][1] > best_value:
            best, best_value, waited = copy.deepcopy(average.module).eval(), history[-1][1], 0
        else:
            waited += 1
            if waited >= training.patience:
                break
    return FittedCritic(best, history)


def validate(network: nn.Module, part: tuple[Tensor, Tensor], bound: BoundName, training: Training) -> float:
    """The criterion of a bound on all of a part, averaged over blocks of pairs."""
    blocks = score_blocks(network, *part, device=training.device, block=_VALIDATION_BLOCK)
    return sum(len(scores) * CRITERIA[bound](scores).item() for scores in blocks) / len(part[0])


def score_blocks(network: nn.Module, x: Tensor, y: Tensor, *, device: str, block: int) -> Iterator[Tensor]:
    """Score matrices of consecutive pairs, in as few nearly equal blocks of at most `block` pairs as there can be."""
    was_training = network.training
    network.eval()
    n_blocks = math.ceil(len(x) / min(block, getattr(network, "block", block)))
    try:
        for rows in torch.arange(len(x)).tensor_split(n_blocks):
            with torch.inference_mode():
                scores = network(x[rows].to(device), y[rows].to(device))
            yield scores
    finally:
        network.train(was_training)


def _batches(n_samples: int, batch_size: int, seed: int) -> Iterator[Tensor]:
    """Rows of one batch after the other, in a new order each epoch; what is left over at its end is skipped."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(n_samples, generator=generator)
        yield from order[: n_samples - n_samples % batch_size].split(batch_size)
