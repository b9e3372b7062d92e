"""How the bytes of one object are sealed under a key of its own: chunks, each authenticated, in an order that is authenticated.

    header   "SOHOA", 0, version 1, binary logarithm of the chunk size        8 bytes
    chunks   each encrypted with AES-256-GCM, its 16-byte tag behind it       64 KiB and a tag; the last one 0 to 64 KiB

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015), with the nonces of age (C2SP age specification, "Payload"): an 11-byte big-endian counter
and a byte that is 1 for the last chunk only. So chunks can be read alone and in bounded memory, and none can be changed, cut
off, left out, repeated or moved without being found. A nonce never repeats because a key seals one object only. The header
is associated data of every chunk.
"""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
"""bytes of a data key: AES-256"""
TAG_SIZE = 16
"""bytes behind each chunk"""
_CHUNK_BITS = 16
CHUNK_SIZE = 1 << _CHUNK_BITS
"""bytes of plain text in a chunk"""
HEADER = b"SOHOA\0\x01" + bytes([_CHUNK_BITS])
"""what a sealed object begins with"""
_COUNTER_SIZE = 11


class Cipher(Protocol):
    """Authenticated encryption with associated data; nonces of 12 bytes, tags of 16."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return `data` encrypted, with the tag behind it."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return what was encrypted.

        Raises:
            InvalidTag
        """
        ...


def cipher_of(key: bytes) -> Cipher:
    """Return the cipher of a data key."""
    return AESGCM(key)


def chunk_count(size: int) -> int:
    """Return how many chunks an object of `size` bytes has: an empty one has one, and none but that ends in an empty chunk."""
    return max(1, -(-size // CHUNK_SIZE))


def sealed_size(size: int) -> int:
    """Return how many bytes an object of `size` bytes has when it is sealed."""
    return len(HEADER) + size + chunk_count(size) * TAG_SIZE


def chunk_at(index: int) -> int:
    """Return where the chunk with this number, from 0, begins in the sealed object."""
    return len(HEADER) + index * (CHUNK_SIZE + TAG_SIZE)


def seal_chunk(cipher: Cipher, index: int, chunk: bytes, *, last: bool, header: bytes | None = HEADER) -> bytes:
    """Return one chunk sealed."""
    return cipher.encrypt(_nonce(index, last=last), chunk, header)


def open_chunk(cipher: Cipher, index: int, sealed: bytes, *, last: bool, header: bytes | None = HEADER) -> bytes:
    """Return what a sealed chunk holds.

    Raises:
        InvalidTag: changed, cut off, put together anew, or sealed under another key.
    """
    return cipher.decrypt(_nonce(index, last=last), sealed, header)


def sealing(read: Callable[[int], bytes], cipher: Cipher) -> BinaryIO:
    """Return a stream of the sealed form of what `read(at most n bytes)` gives until it gives nothing.

    Errors of `read` come through as they are.
    """
    return cast("BinaryIO", io.BufferedReader(_Sealing(read, cipher), CHUNK_SIZE))


def opening(sealed: BinaryIO, cipher: Cipher, *, size: int) -> Callable[[int], bytes]:
    """Return a function that reads at most n bytes of the `size` that were sealed in a stream; nothing at the end.

    The function raises:
        InvalidTag: before anything of a chunk that is not right is handed out.
    """
    reader = io.BufferedReader(_Opening(sealed, cipher, size=size), CHUNK_SIZE)
    return reader.read1


def opened_range(read: Callable[[int, int], bytes], cipher: Cipher, *, size: int, start: int, length: int) -> bytes:
    """Return `length` bytes from `start` of the `size` that were sealed; `read(start, length)` gives sealed bytes.

    Only the chunks that hold the range are read.

    Raises:
        InvalidTag: changed, cut off, put together anew, or sealed under another key.
    """
    length = max(0, min(length, size - start))
    if not length:
        return b""
    first, final = start // CHUNK_SIZE, (start + length - 1) // CHUNK_SIZE
    last = chunk_count(size) - 1
    sealed = read(chunk_at(first), min(chunk_at(final + 1), sealed_size(size)) - chunk_at(first))
    step = CHUNK_SIZE + TAG_SIZE
    plain = b"".join(
        open_chunk(cipher, index, sealed[(index - first) * step : (index - first + 1) * step], last=index == last)
        for index in range(first, final + 1)
    )
    skipped = start - first * CHUNK_SIZE
    return plain[skipped : skipped + length]


class _Pieces(io.RawIOBase):
    """A stream over pieces that are made one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed's Buffer is not importable in 3.11
        if not self._ready:
            self._ready = memoryview(self._next())
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    @abstractmethod
    def _next(self) -> bytes:
        """Return the next piece, nothing at the end."""


class _Sealing(_Pieces):
    def __init__(self, read: Callable[[int], bytes], cipher: Cipher) -> None:
        super().__init__()
        self._read = read
        self._cipher = cipher
        self._index = -1
        self._chunk = b""
        self._over = False

    def _next(self) -> bytes:
        if self._index < 0:
            self._index = 0
            self._chunk = self._fill()
            return HEADER
        if self._over:
            return b""
        # whether a chunk is the last is known when there is none behind it
        following = self._fill() if len(self._chunk) == CHUNK_SIZE else b""
        self._over = not following
        sealed = seal_chunk(self._cipher, self._index, self._chunk, last=self._over)
        self._index += 1
        self._chunk = following
        return sealed

    def _fill(self) -> bytes:
        """Return a whole chunk, or what is left."""
        chunk = bytearray()
        while len(chunk) < CHUNK_SIZE and (piece := self._read(CHUNK_SIZE - len(chunk))):
            chunk += piece
        return bytes(chunk)


class _Opening(_Pieces):
    def __init__(self, sealed: BinaryIO, cipher: Cipher, *, size: int) -> None:
        super().__init__()
        self._sealed = sealed
        self._cipher = cipher
        self._left = size
        self._chunks = chunk_count(size)
        self._index = -1

    def _next(self) -> bytes:
        if self._index < 0:
            if self._sealed.read(len(HEADER)) != HEADER:
                raise InvalidTag
            self._index = 0
        if self._index == self._chunks:
            return b""
        wanted = min(self._left, CHUNK_SIZE)
        index, last = self._index, self._index + 1 == self._chunks
        chunk = open_chunk(self._cipher, index, self._sealed.read(wanted + TAG_SIZE), last=last)
        if last and self._sealed.read(1):
            raise InvalidTag
        self._left -= wanted
        self._index += 1
        return chunk


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(_COUNTER_SIZE, "big") + bytes([last])
