# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""Send ranges of files and buffers into a stream socket, and receive from one.

The interface to the kernel module zcxfer, whose file data goes by reference where
possible: the CPU does not copy it.

    import zcxfer

    with zcxfer.Device() as device, open(path, "rb") as file:
        device.send(sock, b"hello, ", zcxfer.FileRange(file))

:class:`AsyncDevice` has the same methods as coroutines for :mod:`asyncio`. The library
``libzcxfer.so.0`` must be where the dynamic linker finds it; or the environment variable
``ZCXFER_LIBRARY`` is its path.
"""
from ._asyncio import AsyncDevice, OnRelease
from ._device import Device, Piece, Target
from ._types import (Change, Completion, Copied, Feature, FileLike, FileRange, Flag,
                     HasFileno, Info, Policy, Result, Stop, TransferError)

__all__ = [
    "AsyncDevice", "Change", "Completion", "Copied", "Device", "Feature", "FileLike",
    "FileRange", "Flag", "HasFileno", "Info", "OnRelease", "Piece", "Policy", "Result",
    "Stop", "Target", "TransferError",
]
