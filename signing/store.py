"""Read the document security store of a file that nobody vouches for. What is in it proves itself or counts for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, PdfObject, StreamObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.evidence import Evidence
from signing.revocation import Revocation

_MOST = 500
"""objects of each kind that are read"""
_LARGEST = 64 << 20
"""bytes of all objects of a kind together"""

_Object = TypeVar("_Object")


def read_store(reader: PdfFileReader) -> Evidence:
    """Return certificates and revocation data in the newest document security store; unreadable objects are left out."""
    store = entry(reader.root, "/DSS")
    if not isinstance(store, DictionaryObject):
        return Evidence()
    return Evidence(
        certificates=tuple(_objects(store, "/Certs", x509.Certificate.load)),
        revocation=Revocation(
            crls=tuple(_objects(store, "/CRLs", crl.CertificateList.load)),
            ocsps=tuple(_objects(store, "/OCSPs", ocsp.OCSPResponse.load)),
        ),
    )


def _objects(store: DictionaryObject, key: str, load: Callable[[bytes], _Object]) -> Iterator[_Object]:
    listed = entry(store, key)
    if not isinstance(listed, ArrayObject):
        return
    left = _LARGEST
    for index in range(min(len(listed), _MOST)):
        try:
            stream = listed[index]
            if not isinstance(stream, StreamObject):
                continue
            data = stream.data
            left -= len(data)
            if left < 0:
                return
            yield load(data)
        except (PdfError, ValueError, TypeError):
            continue


def entry(dictionary: DictionaryObject, key: str) -> PdfObject | None:
    """Return an entry; `get` would not follow a reference."""
    try:
        value: PdfObject = dictionary[key]
    except KeyError:
        return None
    return value
