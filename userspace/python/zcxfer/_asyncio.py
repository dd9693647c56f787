# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""Transfers that a coroutine awaits: jobs, whose completions the device reports."""
from __future__ import annotations

import asyncio
import errno
import itertools
import os
from types import TracebackType
from typing import Any, Callable

from . import _library
from ._device import Handle, Piece, Request
from ._library import library
from ._types import Completion, FileLike, FileRange, Flag, Result, transfer_error

#: Called with the last completion of a job.
OnRelease = Callable[[Result], Any]


class _Job:
    """A job whose last completion was not read."""

    def __init__(self, request: Request, on_release: OnRelease | None,
                 loop: asyncio.AbstractEventLoop) -> None:
        self.request = request
        self.on_release = on_release
        self.ended: asyncio.Future[Result] = loop.create_future()
        self.over: asyncio.Future[None] = loop.create_future()


class AsyncDevice(Handle):
    """The device ``/dev/zcxfer``, for the coroutines of one event loop.

    Each transfer is a job of the kernel, so no thread waits for it. Use it as
    ``async with zcxfer.AsyncDevice() as device``.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().__init__()
        os.set_blocking(self.fileno(), False)
        self._jobs: dict[int, _Job] = {}
        self._names = itertools.count(1)
        self._closing = False
        # In the order of the calls: jobs of one socket run in the order of submission.
        self._submitting = asyncio.Lock()
        self._done = (_library.Completion * 64)()
        self._loop.add_reader(self.fileno(), self._read_completions)

    async def send(self, sock: FileLike, *pieces: Piece, flags: int = 0,
                   readahead: int = 0, on_release: OnRelease | None = None) -> Result:
        """Send ranges of files and buffers into a TCP or UNIX stream socket, in order.

        Result and errors are those of :meth:`Device.send`. Transfers into one socket run
        in the order of their calls. Buffers are copied at once, at most 1 MiB, and may be
        reused when this returns. With :attr:`Flag.RELEASE` they are sent by reference, and
        this returns when the network stack has released them.

        With *on_release* they are sent by reference as well, but this returns when the
        socket has accepted them. *on_release* is called with a result when they may be
        reused: ``released`` is false if closing the device ended the wait. If this raises,
        *on_release* is called only if the result has :attr:`Completion.MORE`.

        Cancelling the task cancels the job and waits for its completion. With
        :attr:`Flag.RELEASE` that is when the buffers are released; cancelling again ends
        this wait. The exception has the result as its attribute ``result``.
        """
        if on_release:
            flags |= Flag.NOTIFY
        request = Request(sock, pieces, False, flags, readahead)
        return await self._run(_library.OP_SEND, request, on_release)

    async def receive(self, sock: FileLike, *ranges: FileRange, flags: int = 0) -> Result:
        """Receive from a stream socket into ranges of files, as :meth:`Device.receive`."""
        return await self._run(_library.OP_RECV, Request(sock, ranges, True, flags, 0))

    async def close(self) -> None:
        """Cancel all transfers, wait until they have ended, and close the device."""
        if self.closed:
            return
        self._closing = True
        while self._jobs:
            for name in self._jobs:
                library.zcxfer_cancel_jobs(self.fileno(), name)
            # A job that ran when it was cancelled may now wait for release: cancelling
            # it once more ends that, too.
            await asyncio.wait([job.over for job in self._jobs.values()], timeout=0.05)
        async with self._submitting:
            if not self.closed:
                self._loop.remove_reader(self.fileno())
                self._file.close()

    async def __aenter__(self) -> AsyncDevice:
        return self

    async def __aexit__(self, kind: type[BaseException] | None,
                        error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.close()

    async def _run(self, op: int, request: Request,
                   on_release: OnRelease | None = None) -> Result:
        job = _Job(request, on_release, self._loop)
        name = next(self._names)
        try:
            async with self._submitting:
                await self._submit(op, name, request)
                self._jobs[name] = job
        except BaseException:
            request.release()
            raise
        cancelled: asyncio.CancelledError | None = None
        while not job.ended.done():
            try:
                await asyncio.wait([job.ended])
            except asyncio.CancelledError as error:
                cancelled = error
                library.zcxfer_cancel_jobs(self.fileno(), name)
        result = job.ended.result()
        if cancelled:
            setattr(cancelled, "result", result)
            raise cancelled
        if result.error:
            raise transfer_error(result)
        return result

    async def _submit(self, op: int, name: int, request: Request) -> None:
        while True:
            if self._closing:
                raise ValueError("the device is closed")
            error = library.zcxfer_submit_job(self.fileno(), op, name,
                                              request.prepare())
            if not error:
                return
            if error != -errno.EAGAIN:
                raise transfer_error(request.result())
            await self._room()

    async def _room(self) -> None:
        """Waits until the device accepts another job."""
        room = self._loop.create_future()
        self._loop.add_writer(self.fileno(), _wake, room)
        try:
            await room
        finally:
            self._loop.remove_writer(self.fileno())

    def _read_completions(self) -> None:
        number = library.zcxfer_completions(self.fileno(), self._done, len(self._done))
        for done in self._done[:max(number, 0)]:
            job = self._jobs[done.user_data]
            result = Result._from_c(done.result, done.flags)
            if not job.ended.done():
                job.ended.set_result(result)
            if result.completion & Completion.MORE:
                continue
            del self._jobs[done.user_data]
            job.request.release()
            job.over.set_result(None)
            if job.on_release:
                self._loop.call_soon(job.on_release, result)


def _wake(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)
