# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""The device, and transfers that wait."""
from __future__ import annotations

import ctypes
import dataclasses
import errno
import io
import os
import select
from types import TracebackType
from typing import TYPE_CHECKING, Sequence, TypeVar, Union

from . import _library
from ._library import library
from ._types import (FileLike, FileRange, Flag, Info, Result, Stop, fileno_of,
                     transfer_error, unsigned)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

#: What is sent: a range of a file, or an object with the buffer protocol.
Piece = Union[FileRange, "ReadableBuffer"]
#: What is received into: a range of a file, or a writable buffer.
Target = Union[FileRange, "WriteableBuffer"]

_PATH = "/dev/zcxfer"
_Self = TypeVar("_Self", bound="Handle")


class Handle:
    """An open device."""

    def __init__(self) -> None:
        fd = library.zcxfer_open()
        if fd < 0:
            raise OSError(-fd, os.strerror(-fd), _PATH)
        # Closes the descriptor when it is no longer referred to, with a ResourceWarning.
        self._file = io.FileIO(fd, "r+")

    def fileno(self) -> int:
        """The device's file descriptor."""
        return self._file.fileno()

    @property
    def closed(self) -> bool:
        """True if the device was closed."""
        return self._file.closed

    def info(self) -> Info:
        """Version, limits and settings of the module."""
        info = _library.Info()
        error = library.zcxfer_get_info(self.fileno(), info)
        if error:
            raise OSError(-error, os.strerror(-error), _PATH)
        return Info._from_c(info)


class Request:
    """A transfer as the kernel reads it, and what keeps its memory in place."""

    def __init__(self, sock: FileLike, pieces: Sequence[Target | Piece], writable: bool,
                 flags: int, readahead: int) -> None:
        self._sock = sock
        self._pieces = pieces
        self._first = 0
        self._memory: list[_library.Memory] = []
        self._descs = (_library.Desc * len(pieces))()
        self.transfer = _library.Transfer(
            flags=unsigned("flags", flags, 32),
            readahead=unsigned("readahead", readahead, 64))
        try:
            for desc, piece in zip(self._descs, pieces):
                if isinstance(piece, FileRange):
                    desc.offset, desc.len = piece.offset, piece.length
                else:
                    self._describe_memory(desc, piece, writable)
        except BaseException:
            self.release()
            raise

    def _describe_memory(self, desc: _library.Desc, piece: object,
                         writable: bool) -> None:
        memory = _library.Memory(piece, writable)
        self._memory.append(memory)
        desc.type = _library.DESC_MEMORY
        desc.offset, desc.len = memory.address, memory.length

    def prepare(self) -> _library.Transfer:
        """The transfer for the next call, of what is left.

        The descriptors are those of now: while the request waited, its socket may have
        been closed, and another may have got the same number.
        """
        for desc, piece in zip(self._descs, self._pieces):
            if isinstance(piece, FileRange):
                desc.fd = fileno_of(piece.file)
        self.transfer.sock_fd = fileno_of(self._sock)
        self.transfer.descs = (ctypes.addressof(self._descs) +
                               self._first * ctypes.sizeof(_library.Desc))
        self.transfer.nr_descs = len(self._descs) - self._first
        return self.transfer

    def advance(self, result: Result) -> None:
        """Leaves only what a transfer that ended early has not moved."""
        self._first += result.desc
        if self._first < len(self._descs):
            self._descs[self._first].offset += result.desc_bytes
            self._descs[self._first].len -= result.desc_bytes

    def result(self) -> Result:
        return Result._from_c(self.transfer.result)

    def release(self) -> None:
        """Lets go of the memory."""
        for memory in self._memory:
            memory.release()


class Device(Handle):
    """The device ``/dev/zcxfer``, for transfers that wait until they end.

    It is a context manager, and may be used by several threads. FileNotFoundError: the
    module is not loaded; PermissionError: see the group ``zcxfer``.
    """

    def send(self, sock: FileLike, *pieces: Piece, flags: int = 0,
             readahead: int = 0) -> Result:
        """Send ranges of files and buffers into a TCP or UNIX stream socket, in order.

        Returns when everything is sent, or at the end of a file that is shorter than its
        range: then the result's ``stop`` is :attr:`Stop.EOF`. Otherwise it raises
        :exc:`TransferError`, whose ``result`` has the number of bytes that were sent.
        The buffers may be reused afterwards.

        A signal does not end the transfer unless its handler raises an exception. The
        timeout of a :class:`socket.socket` limits each wait for room in the socket.
        """
        return self._transfer(_library.IOC_SEND, sock, pieces, flags, readahead)

    def receive(self, sock: FileLike, *targets: Target, flags: int = 0) -> Result:
        """Receive from a stream socket into ranges of files and writable buffers.

        Returns when all are full, or at the end of the stream (:attr:`Stop.EOF`). What
        could not be written stays in the socket. Otherwise as :meth:`send`.
        """
        return self._transfer(_library.IOC_RECV, sock, targets, flags, 0)

    def close(self) -> None:
        """Close the device."""
        self._file.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def _transfer(self, command: int, sock: FileLike, pieces: Sequence[Target | Piece],
                  flags: int, readahead: int) -> Result:
        receives = command == _library.IOC_RECV
        event = select.POLLIN if receives else select.POLLOUT
        timeout = None if flags & Flag.DONTWAIT else _timeout_of(sock)
        request = Request(sock, pieces, receives, flags, readahead)
        total: Result | None = None
        try:
            while True:
                library.zcxfer_call(self.fileno(), command, request.prepare())
                result = request.result()
                total = total._then(result) if total else result
                if result.stop is Stop.WOULD_BLOCK and timeout:
                    if not _wait(sock, event, timeout):
                        total = dataclasses.replace(total, error=errno.ETIMEDOUT)
                        break
                elif result.stop is not Stop.SIGNAL:
                    break
                request.advance(result)
        finally:
            request.release()
        if total.error:
            raise transfer_error(total)
        return total


def _timeout_of(sock: FileLike) -> float | None:
    """The timeout of a socket object, for which Python makes it non-blocking."""
    gettimeout = getattr(sock, "gettimeout", None)
    return gettimeout() if gettimeout else None


def _wait(sock: FileLike, event: int, seconds: float) -> bool:
    """True if the event occurs in time."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(seconds * 1000))
