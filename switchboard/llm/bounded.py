"""An HTTP transport that reads no more of a response than a reply can need.

Compressed responses are decompressed here, up to the bound: 600 kB of gzip can hold 600 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

import httpx
from typing_extensions import override

MAX_BYTES = 2_000_000
"""Of one response, after decompression. A reply of 8,000 characters comes in some hundred kB."""
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class BoundedTransport(httpx.AsyncBaseTransport):
    """Passes requests on; a response that is longer than the bound breaks off with an error."""

    def __init__(self, inner: httpx.AsyncBaseTransport, most: int = MAX_BYTES) -> None:
        self._inner, self._most = inner, most

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, bounded and decompressed.

        Raises:
            httpx.DecodingError: it is compressed in a way that was not asked for.
        """
        request.headers["accept-encoding"] = "gzip"
        response = await self._inner.handle_async_request(request)
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", *_WINDOWS):
            await response.aclose()
            raise httpx.DecodingError(f"unexpected encoding {encoding[:20]!r}", request=request)
        if encoding in _WINDOWS:
            response.headers.pop("content-length", None)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _BoundedStream(response.stream, _WINDOWS.get(encoding), self._most)
        return response

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, window: int | None, most: int) -> None:
        self._inner, self._most = inner, most
        self._unpacker = None if window is None else zlib.decompressobj(window)

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for chunk in self._inner:
            plain = chunk
            if self._unpacker is not None:
                try:
                    # One more than allowed, so that the excess is seen.
                    plain = self._unpacker.decompress(chunk, left + 1)
                except zlib.error as error:
                    raise httpx.DecodingError("the reply cannot be decompressed") from error
            left -= len(plain)
            if left < 0:
                raise httpx.ReadError("a response without end")
            if plain:
                yield plain

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()
