"""A mail as its server hands it on (RFC 5322, MIME): who sent it, and the files in it. Nothing in it is believed.

To be run where memory and time are limited. Bodies are no papers; forwarded mails in it are opened; decoration of an HTML body
is passed over.
"""

from __future__ import annotations

import email.header
import email.utils
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import errors as mail_errors
from email.message import Message as MimePart
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path

from pipeline.domain.channel import Message, MessagePart
from pipeline.domain.channel_errors import MessageMalformed, MessageTooLarge, SenderRefused
from pipeline.domain.ids import ContentHash
from pipeline.intake.naming import shown_name
from pipeline.text.dossier_code import find_dossier_codes

_NESTED = re.compile(
    rb"^content-type[ \t]*:(?:[ \t]|\r?\n[ \t])*[\"']?(?:multipart|message)/", re.IGNORECASE | re.MULTILINE
)
_MOST_NESTED = 30
"""parts that hold parts: the parser opens them one inside the other"""
_MOST_PARTS = 500
_LONGEST_HEADER = 2_000
_DECORATION = 20_000
"""bytes below which a picture of an HTML body (multipart/related) is a logo or a smiley: a page that can be read has more"""
_CUT_OFF = (mail_errors.CloseBoundaryNotFoundDefect, mail_errors.StartBoundaryNotFoundDefect)
_SPOILT = (mail_errors.InvalidBase64CharactersDefect, mail_errors.InvalidBase64LengthDefect)
_SUFFIXES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/heic": ".heic",
    "image/webp": ".webp",
    "application/zip": ".zip",
}
_SKIPPED = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPolicy:
    """What is asked of a mail."""

    most_files: int
    authority: str = ""
    """name of the mail server (authserv-id, RFC 8601) that has to have found that the sender is who it says; empty: nobody is asked"""


def read_mail(data: bytes, *, policy: MailPolicy) -> Message:
    """Return a mail's sender, id and files.

    The dossier is that of the one code that stands in the subject.

    Raises:
        MessageMalformed: it has no id or not one sender, is cut off, or is nested beyond measure.
        MessageTooLarge: it has more files than are taken.
        SenderRefused: the mail server does not vouch for the sender.
    """
    if len(_NESTED.findall(data)) > _MOST_NESTED:
        raise MessageMalformed(reason="nested")
    mail = BytesParser(policy=compat32).parsebytes(data)
    sender = _sender(mail)
    if policy.authority and not _vouched(mail, policy.authority):
        raise SenderRefused(sender=sender, reason="not_vouched")
    id_ = shown_name(_header(mail, "Message-ID"))
    if not id_:
        raise MessageMalformed(reason="no_id")
    codes = find_dossier_codes(_words(_header(mail, "Subject")))
    parts = tuple(_files(mail, most=policy.most_files))
    return Message(
        id=id_,
        sender=sender,
        sha256=ContentHash(hashlib.sha256(data).hexdigest()),
        parts=parts,
        dossier=codes[0] if len(codes) == 1 else None,
    )


def _header(mail: MimePart, name: str) -> str:
    """Return a header on one line; of one that is given twice nothing is believed.

    Raises:
        MessageMalformed
    """
    given = [str(each) for each in mail.get_all(name, [])]
    if len(given) > 1 or any(len(each) > _LONGEST_HEADER for each in given):
        raise MessageMalformed(reason="header", name=name)
    return " ".join(given[0].split()) if given else ""


def _sender(mail: MimePart) -> str:
    """Return the one address that a mail says it is from (RFC 5322 section 3.6.2)."""
    found = [address for _, address in email.utils.getaddresses([_header(mail, "From")]) if address]
    if len(found) != 1 or found[0].count("@") != 1 or not (found[0].isascii() and found[0].isprintable()):
        raise MessageMalformed(reason="sender")
    return found[0].lower()


def _vouched(mail: MimePart, authority: str) -> bool:
    """Say whether the office's own mail server found that the sender's domain stands behind the mail.

    The topmost field counts: that server puts its own above all others, and removes those that pretend to be its own
    (RFC 8601 section 5).
    """
    fields = [" ".join(str(each).split()) for each in mail.get_all("Authentication-Results", [])]
    if not fields or len(fields[0]) > _LONGEST_HEADER:
        return False
    server, _, results = fields[0].partition(";")
    found = [each.split()[0].lower() for each in results.split(";") if each.split()]
    return server.split()[:1] == [authority] and "dmarc=pass" in found


def _files(mail: MimePart, *, most: int) -> Iterator[MessagePart]:
    count = files = 0
    for part, inside in _leaves(mail, ""):
        count += 1
        if count > _MOST_PARTS:
            raise MessageMalformed(reason="nested")
        file = _file(part, inside, number=files + 1)
        if file is None:
            continue
        files += 1
        if files > most:
            raise MessageTooLarge(limit="files", allowed=most)
        yield file


def _leaves(part: MimePart, inside: str) -> Iterator[tuple[MimePart, str]]:
    """Yield parts that hold no others, each with the kind of the part that it is in."""
    if any(isinstance(each, _CUT_OFF) for each in part.defects):
        raise MessageMalformed(reason="cut_off")
    payload = part.get_payload()
    if isinstance(payload, list):
        for each in payload:
            if isinstance(each, MimePart):
                yield from _leaves(each, part.get_content_type())
    else:
        yield part, inside


def _file(part: MimePart, inside: str, *, number: int) -> MessagePart | None:
    """Return the file that a part is; None for text of the mail itself, its signature and its decoration."""
    kind, name = part.get_content_type(), _file_name(part)
    attached = part.get_content_disposition() == "attachment"
    if kind in _SKIPPED or (kind.startswith("text/") and not attached and not name):
        return None
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if any(isinstance(each, _SPOILT) for each in part.defects):
        raise MessageMalformed(reason="spoilt", name=name or kind)
    if inside == "multipart/related" and kind.startswith("image/") and not attached and len(data) < _DECORATION:
        return None
    return MessagePart(name=name or f"{number}{_SUFFIXES.get(kind, '')}", data=data)


def _file_name(part: MimePart) -> str:
    """Return what a part says its file is called, without folders; nothing where that cannot be read."""
    try:
        name = _words(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        return ""
    return shown_name(name.replace("\\", "/").rpartition("/")[2].strip()[:200])


def _words(header: str) -> str:
    """Return a header's text, encoded words decoded (RFC 2047); as it stands where they cannot be."""
    try:
        return str(email.header.make_header(email.header.decode_header(header)))
    except (LookupError, ValueError, mail_errors.MessageError):  # CharsetError is a MessageError
        return header


@dataclass(frozen=True, slots=True)
class MailFile:
    """A mail that lies in a file."""

    path: Path
    policy: MailPolicy


def read_mail_file(mail: MailFile) -> Message:
    """Return what `read_mail` does; for a child process, in which memory and time are limited.

    Raises:
        MessageMalformed, MessageTooLarge, SenderRefused: see there.
    """
    return read_mail(mail.path.read_bytes(), policy=mail.policy)
