"""Logistic regression held near what is believed beforehand: few receipts, and fewer errors, must not decide alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.calibrate.observe import Observation

FEATURES: Final = ("bias", "score", "print", "sums")
# Beforehand a score is taken for a probability. Standard deviations: how far the data may pull each weight.
PRIOR: Final = {"bias": (0.0, 1.0), "score": (1.0, 0.5), "print": (0.25, 0.25), "sums": (0.0, 0.7)}
_ROUNDS: Final = 50
_TINY: Final = 1e-9
# In log-odds: how far a threshold stays above the surest wrong reading of the tune part, since there are few of those.
MARGIN: Final = 0.2


def features_of(field: str) -> tuple[str, ...]:
    """The features that count for a field; only the total has sums that confirm it."""
    return FEATURES if field == "total" else FEATURES[:3]


def fit(seen: Sequence[Observation], field: str) -> dict[str, float]:
    """The weights of one field, by Newton's method on the posterior.

    Args:
        seen: observations of all fields; only those of this one count.
        field: its name.
    """
    names = features_of(field)
    rows = [row for row in seen if row.field == field]
    x = np.array([[row.features[name] for name in names] for row in rows], dtype=float).reshape(len(rows), len(names))
    y = np.array([row.right for row in rows], dtype=float)
    mean = np.array([PRIOR[name][0] for name in names])
    strength = np.array([PRIOR[name][1] ** -2 for name in names])
    weights = mean.copy()
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (y - p) - strength * (weights - mean)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(strength)
        step, here = np.linalg.solve(curvature, gradient), _loss(weights, x, y, mean, strength)
        while np.abs(step).max() > _TINY and _loss(weights + step, x, y, mean, strength) > here:
            step /= 2
        weights = weights + step
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _loss(weights: Any, x: Any, y: Any, mean: Any, strength: Any) -> float:
    """Negative logarithm of the posterior, but for a constant."""
    odds = x @ weights
    return float(np.sum(np.logaddexp(0, odds) - y * odds) + np.sum(strength * (weights - mean) ** 2) / 2)


def threshold(chances: Sequence[float], right: Sequence[bool], precision: float) -> float:
    """The smallest confidence from which on what is taken is right often enough, and a margin more.

    Args:
        chances: confidence of each reading.
        right: whether it was right.
        precision: share of those taken that must be right.
    """
    ranked = sorted(zip(chances, right, strict=True), reverse=True)
    taken, hits, excluded = 0, 0, 0.0
    for count, (_, hit) in enumerate(ranked, 1):
        hits += hit
        edge = count == len(ranked) or ranked[count][0] < ranked[count - 1][0]
        if edge and hits >= precision * count:
            taken, excluded = count, ranked[count][0] if count < len(ranked) else 0.0
    wrong = [chance for chance, hit in ranked[taken:] if not hit]
    barrier = max(wrong, default=excluded)
    odds = float(np.log(barrier / (1 - barrier))) + MARGIN if barrier else 0.0
    return round(float(1 / (1 + np.exp(-odds))), 3)
