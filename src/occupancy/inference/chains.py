"""Whether chains agree and how much they hold: rank-normalised R-hat and effective sizes.

Vehtari, Gelman, Simpson, Carpenter and Burkner, Bayesian Analysis 2021;16:667-718. Chains have
shape (chains, draws, ...); every trailing entry is one quantity.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rhat(chains: Array) -> Array:
    """The larger of rank-normalised split R-hat of the bulk and of the tails."""
    split = _split(chains)
    folded = np.abs(split - np.median(split, axis=(0, 1)))
    return np.maximum(_rhat(_rank_normal(split)), _rhat(_rank_normal(folded)))


def ess_bulk(chains: Array) -> Array:
    """Effective number of draws for the middle of a distribution."""
    return _ess(_rank_normal(_split(chains)))


def ess_tail(chains: Array) -> Array:
    """Effective number of draws for its 5 % and 95 % quantiles, the smaller."""
    split = _split(chains)
    low, high = np.quantile(split, [0.05, 0.95], axis=(0, 1))
    return np.minimum(
        _ess((split <= low).astype(np.float64)), _ess((split <= high).astype(np.float64))
    )


def _split(chains: Array) -> Array:
    """Each chain as two halves; a middle draw of an odd number is left out."""
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]], axis=0)


def _rank_normal(values: Array) -> Array:
    """Normal scores of average ranks over all chains (Blom's offsets)."""
    m, n = values.shape[:2]
    flat = values.reshape(m * n, -1)
    scores = np.empty_like(flat)
    inverse = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])
    table = inverse((np.arange(1, 2 * m * n + 1) / 2.0 + 0.5 - 0.375) / (m * n + 0.25))
    for j in range(flat.shape[1]):
        _, where, count = np.unique(flat[:, j], return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        twice_rank = 2 * last - count + 1  # twice the average rank
        scores[:, j] = table[twice_rank - 2][where.reshape(-1)]
    return scores.reshape(values.shape)


def _rhat(chains: Array) -> Array:
    n = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = chains.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.sqrt((n - 1) / n + between / within)
    # A constant has nothing to disagree about; chains stuck apart disagree without end.
    return np.where(within > 0, ratio, np.where(between > 0, np.inf, 1.0))


def _ess(chains: Array) -> Array:
    m, n = chains.shape[:2]
    flat = chains.reshape(m, n, -1)
    out = np.empty(flat.shape[2])
    for j in range(flat.shape[2]):
        out[j] = _ess_of_one(flat[:, :, j])
    return out.reshape(chains.shape[2:])


def _ess_of_one(chains: Array) -> float:
    """Geyer's initial monotone sequence on the autocorrelation of all chains together."""
    m, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :n] / n
    within = covariance[:, 0].mean() * n / (n - 1)
    total = covariance[:, 0].mean() + (chains.mean(axis=1).var(ddof=1) if m > 1 else 0.0)
    if total <= 0.0:
        return float(m * n)
    rho = 1.0 - (within - covariance.mean(axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0.0)
    count = int(negative[0]) if negative.size else len(pairs)
    kept = np.minimum.accumulate(pairs[:count])
    # Half of the first lag left out, when it is positive, corrects the cut.
    rest = max(float(rho[2 * count]), 0.0) if 2 * count < n else 0.0
    tau = max(-1.0 + 2.0 * float(kept.sum()) + rest, 1.0 / np.log10(m * n))
    return m * n / tau
