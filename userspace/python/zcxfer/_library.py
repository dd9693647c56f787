# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""libzcxfer by ctypes: the structures and functions of <zcxfer.h>."""
import ctypes
import os
from ctypes import c_char_p, c_int, c_int32, c_uint, c_uint32, c_uint64, c_ulong, c_void_p

NAME = "libzcxfer.so.0"

IOC_SEND, IOC_RECV = 0xBC01, 0xBC02
OP_SEND, OP_RECV = 0, 1
DESC_FILE, DESC_MEMORY = 0, 1


class Info(ctypes.Structure):
    """struct zcxfer_info"""
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("abi_version", c_uint32),
                ("max_descs", c_uint32), ("features", c_uint64), ("send_flags", c_uint64),
                ("max_bytes", c_uint64), ("policy", c_uint32), ("copybreak", c_uint32),
                ("recv_flags", c_uint64), ("job_flags", c_uint64)]


class Desc(ctypes.Structure):
    """struct zcxfer_desc; offset is the address if the descriptor is memory"""
    _fields_ = [("type", c_uint32), ("fd", c_int32), ("offset", c_uint64),
                ("len", c_uint64), ("reserved", c_uint64)]


class Result(ctypes.Structure):
    """struct zcxfer_result"""
    _fields_ = [("bytes", c_uint64), ("bytes_referenced", c_uint64),
                ("bytes_copied", c_uint64), ("desc_bytes", c_uint64), ("desc", c_uint32),
                ("stop", c_uint32), ("error", c_uint32), ("copy_reasons", c_uint32),
                ("socket_calls", c_uint64), ("changes", c_uint32),
                ("reserved", c_uint32 * 3)]


class Transfer(ctypes.Structure):
    """struct zcxfer_transfer"""
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("sock_fd", c_int32),
                ("nr_descs", c_uint32), ("descs", c_uint64), ("result", Result),
                ("readahead", c_uint64)]


class Completion(ctypes.Structure):
    """struct zcxfer_completion"""
    _fields_ = [("user_data", c_uint64), ("op", c_uint32), ("flags", c_uint32),
                ("result", Result)]


FUNCTIONS = {
    "zcxfer_open": [],
    "zcxfer_get_info": [c_int, ctypes.POINTER(Info)],
    "zcxfer_call": [c_int, c_ulong, ctypes.POINTER(Transfer)],
    "zcxfer_submit_job": [c_int, c_int, c_uint64, ctypes.POINTER(Transfer)],
    "zcxfer_cancel_jobs": [c_int, c_uint64],
    "zcxfer_completions": [c_int, ctypes.POINTER(Completion), c_uint],
    "zcxfer_stop_name": [c_uint],
}


def _load() -> ctypes.CDLL:
    path = os.getenv("ZCXFER_LIBRARY") or NAME
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}; install it, or set ZCXFER_LIBRARY to its path",
                          name="zcxfer", path=path) from error
    for name, arguments in FUNCTIONS.items():
        getattr(library, name).argtypes = arguments
    library.zcxfer_stop_name.restype = c_char_p
    return library


# Its calls release the interpreter's lock, so other threads run meanwhile.
library = _load()


class _PyBuffer(ctypes.Structure):
    """Py_buffer of Python's stable ABI"""
    _fields_ = [("buf", c_void_p), ("obj", c_void_p), ("len", ctypes.c_ssize_t),
                ("itemsize", ctypes.c_ssize_t), ("readonly", c_int), ("ndim", c_int),
                ("format", c_void_p), ("shape", c_void_p), ("strides", c_void_p),
                ("suboffsets", c_void_p), ("internal", c_void_p)]


_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [ctypes.py_object, ctypes.POINTER(_PyBuffer), c_int]
_release_buffer = ctypes.pythonapi.PyBuffer_Release
_release_buffer.argtypes = [ctypes.POINTER(_PyBuffer)]
_release_buffer.restype = None
_WRITABLE = 1


class Memory:
    """The memory of an object with the buffer protocol, which neither moves nor changes
    its size until release()."""

    def __init__(self, owner: object, writable: bool) -> None:
        self._view: "_PyBuffer | None" = None
        view = _PyBuffer()
        # Raises what memoryview() would, or BufferError.
        _get_buffer(owner, view, _WRITABLE if writable else 0)
        self._view = view
        self.address: int = view.buf or 0
        self.length: int = view.len

    def release(self) -> None:
        if self._view is not None:
            _release_buffer(self._view)
            self._view = None

    __del__ = release
