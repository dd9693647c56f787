# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""What callers give and get: ranges, flags, results and errors."""
from __future__ import annotations

import enum
import functools
import os
import stat
from dataclasses import dataclass
from typing import Any, Protocol, Union

from . import _library


class HasFileno(Protocol):
    """An object with a file descriptor: a file, a socket."""

    def fileno(self) -> int: ...


#: A file or a socket: its file descriptor, or an object that has one.
FileLike = Union[int, HasFileno]


def fileno_of(file: FileLike) -> int:
    return file if isinstance(file, int) else file.fileno()


def unsigned(name: str, value: int, bits: int) -> int:
    """The value, which ctypes would cut to that number of bits."""
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} must be from 0 to 2**{bits} - 1, not {value}")
    return value


class _OpenEnum(enum.IntEnum):
    """An enumeration to which a later module may add values."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class Flag(enum.IntFlag):
    """How to transfer: ``enum zcxfer_flag``."""

    #: Do not wait for the socket.
    DONTWAIT = 1 << 0
    #: More data follows at once (as ``MSG_MORE``).
    MORE = 1 << 1
    #: Send only what the page cache holds.
    CACHED = 1 << 2
    #: Go past the page cache.
    DIRECT = 1 << 3
    #: Do not change the contents of the page cache.
    DONTCACHE = 1 << 4
    #: Hold leases on the files until the peer has acknowledged their pages.
    STABLE = 1 << 5
    #: Jobs that send: by reference from memory, too; end when it may be reused.
    RELEASE = 1 << 6
    #: As RELEASE, but the job ends earlier.
    NOTIFY = 1 << 7


class Stop(_OpenEnum):
    """Why a transfer ended: ``enum zcxfer_stop``."""

    #: All bytes were moved.
    DONE = 0
    #: The file ends before its range does; receive: the peer closed the stream.
    EOF = 1
    #: The socket has no room (receive: no data), and the transfer may not wait.
    WOULD_BLOCK = 2
    #: The caller received a signal.
    SIGNAL = 3
    #: A range or buffer was refused or failed.
    DESC = 4
    #: The socket was refused or failed.
    SOCKET = 5
    #: The call as a whole was refused.
    CALL = 6
    #: The page cache does not hold the next byte (:attr:`Flag.CACHED`).
    MISS = 7
    #: Another task wants to write to a file (:attr:`Flag.STABLE`).
    LEASE = 8
    #: The job was cancelled.
    CANCELLED = 9

    @property
    def text(self) -> str:
        """A short text, as "socket failed"."""
        return str(_library.library.zcxfer_stop_name(self), "ascii")


class Copied(enum.IntFlag):
    """Why bytes were copied: ``enum zcxfer_copied``."""

    #: Memory of the caller.
    MEMORY = 1 << 0
    #: Ranges shorter than :attr:`Info.copybreak`.
    SHORT = 1 << 1
    #: Files whose pages :attr:`Info.policy` excludes.
    POLICY = 1 << 2
    #: Files that bypass the page cache.
    SOURCE = 1 << 3
    #: The network stack copies on this route.
    ROUTE = 1 << 4
    #: Receive: data that the socket does not hand out by reference.
    BUFFER = 1 << 5
    #: The socket does not report release.
    PROTOCOL = 1 << 6


class Change(enum.IntFlag):
    """Whether sent files were changed meanwhile: ``enum zcxfer_change``."""

    #: A file was changed.
    CHANGED = 1 << 0
    #: Changes of a file cannot be detected.
    UNKNOWN = 1 << 1


class Completion(enum.IntFlag):
    """About the completion of a job: ``enum zcxfer_completion_flag``."""

    #: The notification follows.
    MORE = 1 << 0
    #: Memory and files may be changed without an effect on what the peer receives.
    RELEASED = 1 << 1
    #: The network stack copied some of the pages on the way.
    COPIED = 1 << 2


class Feature(enum.IntFlag):
    """What the module can do: ``enum zcxfer_feature``."""

    SEND = 1 << 0
    RECV = 1 << 1
    JOBS = 1 << 2
    URING = 1 << 3
    MANY = 1 << 4


class Policy(_OpenEnum):
    """Which files are sent by reference: ``enum zcxfer_policy``."""

    NEVER = 0
    WRITABLE = 1
    ALL = 2


@dataclass(frozen=True)
class Info:
    """Version, limits and settings of the module: ``struct zcxfer_info``."""

    abi_version: int
    max_descs: int
    features: Feature
    send_flags: Flag
    recv_flags: Flag
    job_flags: Flag
    max_bytes: int
    policy: Policy
    copybreak: int

    @classmethod
    def _from_c(cls, info: Any) -> Info:
        return cls(info.abi_version, info.max_descs, Feature(info.features),
                   Flag(info.send_flags), Flag(info.recv_flags), Flag(info.job_flags),
                   info.max_bytes, Policy(info.policy), info.copybreak)


@dataclass(frozen=True)
class Result:
    """Outcome of a transfer: ``struct zcxfer_result``."""

    #: Number of bytes moved: a prefix of the bytes that the pieces describe.
    bytes: int
    #: Those that the CPU did not copy (receive: copied once).
    bytes_referenced: int
    #: Those that the CPU copied (receive: copied twice).
    bytes_copied: int
    #: Index of the piece in which the transfer ended; their number if it moved all.
    desc: int
    #: Number of bytes moved of that piece.
    desc_bytes: int
    #: Why the transfer ended.
    stop: Stop
    #: The errno for it, or 0.
    error: int
    #: Why bytes were copied.
    copy_reasons: Copied
    #: Number of calls into the socket.
    socket_calls: int
    #: Whether files that were sent were changed meanwhile.
    changes: Change
    #: Jobs: flags of the completion.
    completion: Completion = Completion(0)

    @property
    def complete(self) -> bool:
        """True if all bytes of all pieces were moved."""
        return self.stop is Stop.DONE

    @property
    def released(self) -> bool:
        """True if the network stack no longer refers to memory or files of the job."""
        return bool(self.completion & Completion.RELEASED)

    @classmethod
    def _from_c(cls, result: Any, completion: int = 0) -> Result:
        return cls(result.bytes, result.bytes_referenced, result.bytes_copied,
                   result.desc, result.desc_bytes, Stop(result.stop), result.error,
                   Copied(result.copy_reasons), result.socket_calls,
                   Change(result.changes), Completion(completion))

    def _then(self, later: Result) -> Result:
        """The outcome of both, if the later one continued where this one ended."""
        same = later.desc == 0
        return Result(self.bytes + later.bytes,
                      self.bytes_referenced + later.bytes_referenced,
                      self.bytes_copied + later.bytes_copied,
                      self.desc + later.desc,
                      later.desc_bytes + (self.desc_bytes if same else 0),
                      later.stop, later.error, self.copy_reasons | later.copy_reasons,
                      self.socket_calls + later.socket_calls,
                      self.changes | later.changes)


class TransferError(OSError):
    """A transfer that ended with an error.

    It is also an instance of the built-in class for its errno, such as
    :exc:`BrokenPipeError` or :exc:`BlockingIOError`.
    """

    #: The outcome; ``result.bytes`` is exact.
    result: Result

    def __reduce__(self) -> tuple[Any, ...]:
        return transfer_error, (self.result,)


@functools.cache
def _error_class(number: int) -> type[TransferError]:
    builtin = type(OSError(number, ""))
    if builtin is OSError:
        return TransferError
    return type(builtin.__name__, (TransferError, builtin), {"__module__": "zcxfer"})


def transfer_error(result: Result) -> TransferError:
    """The exception for a result with an error."""
    text = os.strerror(result.error)
    if result.stop is Stop.DESC:
        text += f": piece {result.desc}"
    else:
        text += f": {result.stop.text}"
    if result.bytes:
        text += f", after {result.bytes} bytes"
    error = _error_class(result.error)(result.error, text)
    error.result = result
    return error


class FileRange:
    """A range of a file.

    *file* is a regular file, block device or memfd, open for reading (to receive: for
    writing), as an object with ``fileno()`` or a file descriptor. Its file position is
    neither used nor moved, and what a buffered file object has not flushed is not sent.
    Without *length* the range goes to the end that the file has now.
    """

    __slots__ = ("file", "offset", "length")

    def __init__(self, file: FileLike, offset: int = 0,
                 length: int | None = None) -> None:
        self.file = file
        self.offset = unsigned("offset", offset, 63)
        if length is None:
            status = os.fstat(fileno_of(file))
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("only a regular file has a length: give that of the range")
            length = max(status.st_size - offset, 0)
        self.length = unsigned("length", length, 63)

    def __repr__(self) -> str:
        return f"FileRange({self.file!r}, offset={self.offset}, length={self.length})"
