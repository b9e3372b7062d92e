"""Signing and validation, medians in one process on one core: `make benchmark-signing`.

Keys, authority and documents are made for the run. Targets (medians, one page of 200 KB, RSA-2048): 27 documents/s at B-B, 15 at
B-T with a time-stamp authority on loopback, 25 ms a signature for validation, which grows linearly up to 20 signatures, and
1 GiB of memory for a file of 300 MB.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.signing_ports import SignaturePlan, Signed, SigningJob
from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.policy import SigningPolicy
from signing.signer import PadesSigner
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_server import open_authority, serve_timestamps
from signing.trust import TrustAnchors
from signing.validate import Validator

NOW = dt.datetime(2026, 1, 15, 1, 30, tzinfo=dt.UTC)
LONG = Validity(start=NOW - dt.timedelta(days=100), end=NOW + dt.timedelta(days=10_000))
RESULTS = Path(__file__).parent / "results" / "signing.json"


@dataclass(frozen=True)
class Bench:
    folder: Path
    trust: TrustAnchors
    key_file: Path
    timestamp_url: str

    def signer(self, *, stamps: bool = True) -> AbstractContextManager[PadesSigner]:
        urls = (self.timestamp_url,) if stamps else ()
        return open_pkcs12(
            self.key_file, b"", policy=SigningPolicy(trust=self.trust, production=True, timestamp_urls=urls)
        )


def authority(name: str, issuer: Identity | None = None) -> Identity:
    return issue(subject(name, "Đo tốc độ"), key=rsa_key(), issuer=issuer, usage=Usage.AUTHORITY, validity=LONG)


def key_file(folder: Path, name: str, issuer: Identity, usage: Usage) -> Path:
    identity = issue(subject(name, "Đo tốc độ"), key=rsa_key(), issuer=issuer, usage=usage, validity=LONG)
    data = pkcs12.serialize_key_and_certificates(
        None, identity.key, identity.certificate, identity.above, NoEncryption()
    )
    (folder / f"{name}.p12").write_bytes(data)
    return folder / f"{name}.p12"


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="sohoa-benchmark-") as name:
        folder = Path(name)
        root, times = authority("root"), authority("times")
        issuing = authority("issuing", root)
        trust = TrustAnchors(
            roots=(root.der,),
            timestamp_roots=(times.der,),
            intermediates=(issuing.der,),
            crls=tuple(revocation_list(each, validity=LONG) for each in (root, issuing, times)),
        )
        stamps = open_authority(key_file(folder, "stamps", times, Usage.TIME_STAMP), b"", now=lambda: NOW)
        with serve_timestamps(stamps) as url:
            yield Bench(folder, trust, key_file(folder, "signer", issuing, Usage.SIGNATURE), url)


def make_pdf(path: Path, size: int) -> Path:
    """A page with a picture of noise, `size` bytes in all."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    picture = pdf.make_stream(os.urandom(size // 1000 * 1000))
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height, picture.BitsPerComponent = 1000, size // 1000, 8
    picture.ColorSpace = pikepdf.Name.DeviceGray
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=picture))
    page.obj.Contents = pdf.make_stream(b"q 555 0 0 802 20 20 cm /Picture Do Q")
    pikepdf.pdfa.save(pdf, path, "2b", output_intent="sRGB")
    return path


def plan(level: SignatureLevel) -> SignaturePlan:
    return SignaturePlan(role=SignerRole.COPY, level=level, at=NOW, organ="ỦY BAN NHÂN DÂN XÃ ĐỒNG LIM")


def medians(name: str, work: Callable[[], object], times: int, *, share: int = 1) -> dict[str, float]:
    """Milliseconds by the clock on the wall, and of the processor: on a machine that others use, the first says less."""
    work()  # warm
    walls, processors = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    wall, processor = (statistics.median(each) * 1000 / share for each in (walls, processors))
    return {f"{name} ms": wall, f"{name} ms of processor": processor}


def signing(place: Bench, times: int) -> dict[str, float]:
    source, target = make_pdf(place.folder / "page.pdf", 200_000), place.folder / "signed.pdf"
    validator = Validator(trust=place.trust)
    found: dict[str, float] = {}
    for level in SignatureLevel:
        with place.signer() as signer:
            found |= medians(f"sign {level.value}", partial(signer.sign, source, target, plan(level)), times)
        assert validator.validate(target, at=NOW).verdict is Verdict.VALID
        found |= medians(f"validate {level.value}", partial(validator.validate, target, at=NOW), times)
    return found


def many_signatures(place: Bench, times: int) -> dict[str, float]:
    """Validation of a file with 1, 10 and 20 signatures, made by pyHanko's own signer, each in a visible field of its own."""
    file, validator = make_pdf(place.folder / "many.pdf", 200_000), Validator(trust=place.trust)
    found: dict[str, float] = {}
    signer = SimpleSigner.load_pkcs12(str(place.key_file), passphrase=b"")
    for number in range(1, 21):
        target = place.folder / f"many-{number}.pdf"
        field = SigFieldSpec(f"Signature-{number}", box=(20, 30 * number, 200, 30 * number + 20))
        metadata = PdfSignatureMetadata(field_name=field.sig_field_name, md_algorithm="sha256")
        with file.open("rb") as stream, target.open("wb") as output:
            PdfSigner(metadata, signer, new_field_spec=field).sign_pdf(IncrementalPdfFileWriter(stream), output=output)
        file = target
        if number in {1, 10, 20}:
            assert len(validator.validate(file, at=NOW).signatures) == number
            name = f"validate {number} signatures, each"
            found |= medians(name, partial(validator.validate, file, at=NOW), times // 4, share=number)
    return found


def batch(place: Bench, number: int) -> dict[str, float]:
    source = make_pdf(place.folder / "batch.pdf", 200_000)
    jobs = [
        SigningJob(source=source, target=place.folder / f"b-{n}.pdf", plan=plan(SignatureLevel.B_B))
        for n in range(number)
    ]
    with place.signer(stamps=False) as signer:
        start = time.perf_counter()
        assert signer.sign_batch(jobs) == [Signed(level=SignatureLevel.B_B)] * number
        return {"batch B-B documents/s": number / (time.perf_counter() - start)}


def large_file() -> dict[str, float]:
    """Peak memory of a process that signs and validates 300 MB."""
    command = [sys.executable, "-m", "benchmarks.signing", "--large"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {str(key): float(value) for key, value in json.loads(done.stdout.splitlines()[-1]).items()}


def sign_large() -> dict[str, float]:
    with bench() as place:
        source, target = place.folder / "large.pdf", place.folder / "large-signed.pdf"
        subprocess.run(  # its memory is not ours
            [sys.executable, "-c", f"from benchmarks.signing import *; make_pdf(Path({str(source)!r}), 300_000_000)"],
            check=True,
        )
        start = time.perf_counter()
        with place.signer(stamps=False) as signer:
            signer.sign(source, target, plan(SignatureLevel.B_B))
        signed = time.perf_counter()
        assert Validator(trust=place.trust).validate(target, at=NOW).verdict is Verdict.VALID
        done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"300 MB sign s": signed - start, "300 MB validate s": done - signed, "300 MB peak MiB": peak}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--large", action="store_true", help="only sign 300 MB and say how much memory it took")
    arguments = parser.parse_args()
    if arguments.large:
        print(json.dumps(sign_large()))
        return
    with bench() as place:
        found = signing(place, arguments.times) | many_signatures(place, arguments.times) | batch(place, 40)
    found |= large_file()
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    RESULTS.parent.mkdir(exist_ok=True)
    numbers = {key: round(value, 2) for key, value in found.items()}
    RESULTS.write_text(json.dumps({"machine": machine, "medians": numbers}, ensure_ascii=False, indent=2) + "\n")
    for key, value in numbers.items():
        rate = f"  ({1000 / value:.0f}/s)" if key.startswith("sign ") else ""
        print(f"{key:38} {value:10.2f}{rate}")


if __name__ == "__main__":
    main()
