"""Sealed chunks: against vectors from outside, and against everything that can happen to bytes on a disk."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from storage.sealing import (
    CHUNK_SIZE,
    HEADER,
    TAG_SIZE,
    chunk_count,
    cipher_of,
    open_chunk,
    opened_range,
    opening,
    seal_chunk,
    sealed_size,
    sealing,
)

KEY = bytes(range(32))
STEP = CHUNK_SIZE + TAG_SIZE


def sealed(data: bytes, key: bytes = KEY) -> bytes:
    return sealing(io.BytesIO(data).read, cipher_of(key)).read()


def opened(data: bytes, size: int, key: bytes = KEY) -> bytes:
    read = opening(io.BytesIO(data), cipher_of(key), size=size)
    return b"".join(iter(lambda: read(1000), b""))


# --- outside vectors ------------------------------------------------------------------------------------------------------

# C2SP CCTV, age test vectors `stream_two_chunks` and `stream_empty_payload` (July 2022): the key of the payload is
# HKDF-SHA-256 of their file key and nonce; the plain text of the first is the key stream, so that what is encrypted is
# zeros and only the tags differ. The same construction with another cipher and no associated data.
AGE_KEY = bytes.fromhex("6b6c189a7af0e7b1dba932c87080d8926b2de53fbf9eac516394701223669022")
AGE_TAGS = (bytes.fromhex("e2ec971462be227b4c162156ce7e821d"), bytes.fromhex("e43922e239bd89fe8628a286450ac415"))
AGE_PAYLOAD = "8dac04a865d04089ed7af2e0012c0e2395be14932cb2c8bf7b070da18768fad9"
AGE_EMPTY_TAG = bytes.fromhex("ad2e4fcf3e528a4130deabef4336e555")


def test_chunks_are_those_of_age() -> None:
    cipher = ChaCha20Poly1305(AGE_KEY)
    ciphertext = [bytes(CHUNK_SIZE) + tag for tag in AGE_TAGS]
    plain = [open_chunk(cipher, index, each, last=index == 1, header=None) for index, each in enumerate(ciphertext)]
    assert hashlib.sha256(b"".join(plain)).hexdigest() == AGE_PAYLOAD
    again = [seal_chunk(cipher, index, each, last=index == 1, header=None) for index, each in enumerate(plain)]
    assert again == ciphertext


def test_an_empty_object_is_one_empty_chunk_as_in_age() -> None:
    assert seal_chunk(ChaCha20Poly1305(AGE_KEY), 0, b"", last=True, header=None) == AGE_EMPTY_TAG


# McGrew and Viega, The Galois/Counter Mode of Operation (GCM), appendix B, test case 16: AES-256, with associated data
GCM_KEY = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
GCM_NONCE = bytes.fromhex("cafebabefacedbaddecaf888")
GCM_PLAIN = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
GCM_DATA = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
GCM_SEALED = bytes.fromhex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b"
)


def test_the_cipher_is_aes_256_gcm() -> None:
    assert cipher_of(GCM_KEY).encrypt(GCM_NONCE, GCM_PLAIN, GCM_DATA) == GCM_SEALED
    assert cipher_of(GCM_KEY).decrypt(GCM_NONCE, GCM_SEALED, GCM_DATA) == GCM_PLAIN


def test_data_keys_are_wrapped_as_rfc_3394_says() -> None:
    """RFC 3394 section 4.6: 256 bits of key data under a 256-bit key."""
    key = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    data = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    wrapped = "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    assert keywrap.aes_key_wrap(key, data).hex() == wrapped


# --- what is promised -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 5 * CHUNK_SIZE + 7])
def test_what_is_sealed_is_opened(size: int) -> None:
    data = hashlib.shake_128(b"any").digest(size)
    kept = sealed(data)
    assert len(kept) == sealed_size(size)
    assert opened(kept, size) == data
    assert kept.startswith(HEADER)


def test_a_stream_that_gives_little_at_a_time_is_sealed_the_same() -> None:
    data = hashlib.shake_128(b"drip").digest(CHUNK_SIZE + 5)
    source = io.BytesIO(data)
    assert sealing(lambda size: source.read(min(size, 777)), cipher_of(KEY)).read() == sealed(data)


THREE = hashlib.shake_128(b"three").digest(2 * CHUNK_SIZE + 100)


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def chunks(data: bytes) -> list[bytes]:
    body = data[len(HEADER) :]
    return [body[at : at + STEP] for at in range(0, len(body), STEP)]


def joined(*parts: bytes) -> bytes:
    return HEADER + b"".join(parts)


HARM: dict[str, Callable[[bytes], bytes]] = {
    "version": lambda kept: flip(kept, 6),
    "chunk-size": lambda kept: flip(kept, 7),
    "first-byte": lambda kept: flip(kept, len(HEADER)),
    "a-tag": lambda kept: flip(kept, len(HEADER) + STEP - 1),
    "last-byte": lambda kept: flip(kept, len(kept) - 1),
    "cut-at-a-chunk": lambda kept: kept[: len(HEADER) + 2 * STEP],
    "cut-within-a-chunk": lambda kept: kept[:-40],
    "cut-within-a-tag": lambda kept: kept[:-1],
    "only-the-header": lambda kept: kept[: len(HEADER)],
    "nothing": lambda kept: b"",
    "two-chunks-changed-places": lambda kept: joined(*(chunks(kept)[at] for at in (1, 0, 2))),
    "a-chunk-twice": lambda kept: joined(*(chunks(kept)[at] for at in (0, 0, 2))),
    "a-chunk-left-out": lambda kept: joined(*(chunks(kept)[at] for at in (0, 2))),
    "a-chunk-of-another-object": lambda kept: joined(
        chunks(kept)[0], chunks(sealed(THREE, bytes(32)))[1], chunks(kept)[2]
    ),
    "bytes-behind": lambda kept: kept + b"\0",
    "a-chunk-behind": lambda kept: kept + chunks(kept)[2],
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_harm_is_found_before_the_harmed_chunk_is_handed_out(harm: Callable[[bytes], bytes]) -> None:
    harmed = harm(sealed(THREE))
    read = opening(io.BytesIO(harmed), cipher_of(KEY), size=len(THREE))
    out = bytearray()
    with pytest.raises(InvalidTag):
        out.extend(byte for piece in iter(lambda: read(CHUNK_SIZE), b"") for byte in piece)
    assert THREE.startswith(bytes(out))
    assert len(out) < len(THREE)


def test_a_cut_that_the_records_know_of_is_found_by_the_last_chunk() -> None:
    """Also whoever changes the size in the records cannot pass off the beginning as the whole."""
    cut = sealed(THREE)[: len(HEADER) + 2 * STEP]
    with pytest.raises(InvalidTag):
        opened(cut, 2 * CHUNK_SIZE)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(InvalidTag):
        opened(sealed(THREE), len(THREE), key=bytes(32))


@given(start=st.integers(0, len(THREE) + 10), length=st.integers(0, len(THREE) + 10))
def test_a_range_is_read_from_its_chunks_alone(start: int, length: int) -> None:
    kept = sealed(THREE)
    asked: list[int] = []

    def read(at: int, count: int) -> bytes:
        asked.append(count)
        return kept[at : at + count]

    found = opened_range(read, cipher_of(KEY), size=len(THREE), start=start, length=length)
    assert found == THREE[start : start + length]
    assert sum(asked) <= (chunk_count(length) + 1) * STEP


def test_harm_in_a_range_is_found() -> None:
    kept = flip(sealed(THREE), len(HEADER) + STEP + 9)
    with pytest.raises(InvalidTag):
        opened_range(
            lambda at, count: kept[at : at + count], cipher_of(KEY), size=len(THREE), start=CHUNK_SIZE, length=1
        )
