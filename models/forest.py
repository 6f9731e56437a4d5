"""The trees of a release as plain arrays whose leaves add up exactly.

Leaves, and the log-odds before the first tree, are whole multiples of a power of two, the quantum,
and so small that no sum reaches 2^24 quanta: then float32 additions are exact, in any order, and
ONNX Runtime, the compiled kernel (`models/_trees.c`) and NumPy give the same bits on any machine.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Changes = NDArray[np.int32]

EXACT: Final = 2**23
"""Sums stay below half of what float32 holds exactly."""
FINEST: Final = 2.0**-24

NODE: Final = np.dtype(
    [
        ("feature", np.uint8),
        ("threshold", np.float32),
        ("left", np.uint8),
        ("right", np.uint8),
        ("nan_left", np.uint8),
        ("value", np.int32),
    ]
)


class Forest(msgspec.Struct, frozen=True, kw_only=True):
    """Two ensembles: 0 of accepting, 1 of completing.

    `ensemble` and `count` say for each tree whose it is and how many nodes it has; the other arrays
    have a number a node, tree by tree, each tree's root first. A node with left == right == 0 is a
    leaf. `value` is in quanta: a leaf's log-odds, an inner node's mean over the rows it was trained
    on. `base` are the log-odds of both before the first tree, in quanta.
    """

    quantum: float
    base: tuple[int, int]
    ensemble: bytes
    count: bytes
    feature: bytes
    threshold: bytes
    left: bytes
    right: bytes
    nan_left: bytes
    value: bytes

    def encode(self) -> bytes:
        """The forest as msgpack."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, content: bytes) -> "Forest":
        """A forest from msgpack. Raises msgspec.DecodeError."""
        return _DECODER.decode(content)

    def trees(self) -> list[tuple[int, NDArray[np.void]]]:
        """Each tree as (ensemble, nodes)."""
        nodes = np.empty(len(self.feature), NODE)
        for name in NODE.names or ():
            nodes[name] = np.frombuffer(getattr(self, name), NODE[name])
        ends = np.cumsum(np.frombuffer(self.count, np.uint8))[:-1]
        return list(zip(self.ensemble, np.split(nodes, ends), strict=True))

    def changes(self, rows: Features) -> Changes:
        """What each split on each row's way down added to the expected log-odds.

        (2, n, features) for rows (n, features), in quanta; credited to the feature that was split.
        Per ensemble and row they add up to the row's log-odds less those of the average row.
        """
        found = np.zeros((2, *rows.shape), np.int32)
        every = np.arange(len(rows))
        for ensemble, nodes in self.trees():
            at = np.zeros(len(rows), np.intp)
            while (nodes["left"][at] != 0).any():
                here = nodes[at]
                values = rows[every, here["feature"]]
                missing_left = np.isnan(values) & (here["nan_left"] != 0)
                goes_left = (values <= here["threshold"]) | missing_left
                below = np.where(goes_left, here["left"], here["right"])
                moved = below != 0
                change = np.where(moved, nodes["value"][below] - here["value"], 0)
                np.add.at(found[ensemble], (every, here["feature"]), change)
                at = np.where(moved, below, at)
        return found

    def averages(self) -> tuple[float, float]:
        """The log-odds of both for the average row that the trees were trained on."""
        roots = list(self.base)
        for ensemble, nodes in self.trees():
            roots[ensemble] += int(nodes["value"][0])
        return roots[0] * self.quantum, roots[1] * self.quantum


_DECODER: Final = msgspec.msgpack.Decoder(Forest)
