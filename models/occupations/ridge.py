"""Ridge regression on all classes at once, and what it says of a title it has not seen.

With K the inner products of the texts, D the inverse of their weights and Y one column a class:
A = K + penalty * D and alpha = A^-1 Y. For a group g of texts, what the same regression says when
it is trained without them follows from the same inverse (block matrix inversion; Rifkin and
Lippert, Notes on Regularized Least Squares, MIT 2007, for single texts): f_g = Y_g - B alpha_g,
with B the inverse of the block g of A^-1. So one inversion yields the model and its grouped
cross-validation, exactly.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


class Ridge:
    """Fitted to `rows` (texts x features, unit length) with a class and a weight for each."""

    def __init__(
        self, rows: csr_array, classes: Integers, weights: Doubles, penalty: float
    ) -> None:
        system = (rows @ rows.T).toarray()
        system[np.diag_indices_from(system)] += penalty / weights
        self._rows = rows
        self._inverse = _inverse(system)
        self._targets = csr_array(
            (np.ones(len(classes)), (np.arange(len(classes)), classes)),
            shape=(len(classes), int(classes.max()) + 1),
        )
        self._alpha: Doubles = self._inverse @ self._targets

    def weights(self) -> Doubles:
        """Features x classes: a text's score is its row times this."""
        return np.asarray(self._rows.T @ self._alpha)

    def without(self, group: Sequence[int]) -> Doubles:
        """Scores of the texts of a group (texts x classes), had they not been trained on."""
        block = self._inverse[np.ix_(group, group)]
        here = self._targets[list(group)].toarray()
        return np.asarray(here - np.linalg.solve(block, self._alpha[list(group)]))


def _inverse(system: Doubles) -> Doubles:
    """The inverse of a symmetric positive definite matrix, whose room it takes."""
    factor, _ = dpotrf(system.T, lower=1, overwrite_a=1)  # .T: LAPACK's order, without a copy
    upper, _ = dpotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(upper, -1)
    return np.asarray(np.tril(upper) + lower.T)
