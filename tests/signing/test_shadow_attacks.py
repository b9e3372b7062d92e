"""Revisions that change what a reader sees or gets behind a good signature, on plain and on certified files: none may be valid.

Classes: shadow attacks hide, replace, hide-and-replace (NDSS 2021); evil annotation and sneaky signature attacks (IEEE S&P 2021);
and what else a revision can swap: fonts, layers, form XObjects, attachments, scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import ArrayObject as Array
from pyhanko.pdf_utils.generic import DictionaryObject as Dict
from pyhanko.pdf_utils.generic import NumberObject as Number
from pyhanko.pdf_utils.generic import StreamObject as Stream
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from pipeline.domain.signature import FileVerdict, Verdict
from signing.issuing import Identity
from signing.look import compare_states
from signing.validate import Validator
from tests.signing.forge import forged
from tests.signing.pki import DAY, NOW, Pki
from tests.signing.test_forgeries import appended, page_of

Judge = Callable[[bytes], FileVerdict]
Change = Callable[[IncrementalPdfFileWriter], None]


def named(**entries: generic.PdfObject) -> dict[generic.NameObject, generic.PdfObject]:
    return {pdf_name(f"/{key}"): value for key, value in entries.items()}


def rectangle(*sides: int) -> generic.ArrayObject:
    return Array(map(Number, sides))


def form(content: bytes, *box: int) -> generic.StreamObject:
    entries = named(Type=pdf_name("/XObject"), Subtype=pdf_name("/Form"), BBox=rectangle(*box))
    return Stream(entries, stream_data=content)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A contract with everything that an attacker may want to swap: text in a font, a layer, a form XObject, a form field."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[0]
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Layer"))
    sum_of_money = pdf.make_stream(b"0 0 60 20 re f")
    sum_of_money["/Type"], sum_of_money["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    sum_of_money["/BBox"] = pikepdf.Array([0, 0, 200, 50])
    page.obj.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)),
        XObject=pikepdf.Dictionary(X1=sum_of_money),
        Properties=pikepdf.Dictionary(L1=layer),
    )
    content = b"BT /F1 24 Tf 72 700 Td (Pay 100 to Bob) Tj ET q 1 0 0 1 72 600 cm /X1 Do Q"
    page.obj.Contents = pdf.make_stream(content + b" /OC /L1 BDC 300 300 200 100 re f EMC")
    pdf.Root.OCProperties = pikepdf.Dictionary(
        OCGs=pikepdf.Array([layer]), D=pikepdf.Dictionary(ON=pikepdf.Array(), OFF=pikepdf.Array([layer]))
    )
    appearance = pdf.make_stream(b"/Tx BMC EMC")
    appearance["/Type"], appearance["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    appearance["/BBox"] = pikepdf.Array([0, 0, 300, 40])
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="Sum", V="", F=4,
            Rect=[72, 690, 372, 730], P=page.obj, DA="/F1 24 Tf 0 g", AP=pikepdf.Dictionary(N=appearance),
        )
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), DR=pikepdf.Dictionary())
    path = tmp_path_factory.mktemp("rich") / "rich.pdf"
    pdf.save(path)
    return path.read_bytes()


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Judge:
    validator = Validator(trust=pki.trust(), compare=compare_states)

    def run(data: bytes) -> FileVerdict:
        (path := tmp_path / "file.pdf").write_bytes(data)
        return validator.validate(path, at=NOW + DAY)

    return run


def the_field(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    reference = writer.root["/AcroForm"]["/Fields"].raw_get(0)
    writer.mark_update(reference.reference)
    return reference.get_object()  # type: ignore[no-any-return]


def swapped(writer: IncrementalPdfFileWriter, reference: generic.IndirectObject, new: generic.PdfObject) -> None:
    writer.objects[reference.generation, reference.idnum] = new


def resources(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    return page_of(writer)["/Resources"]  # type: ignore[no-any-return]


def another_font(writer: IncrementalPdfFileWriter) -> None:
    font = Dict(named(Type=pdf_name("/Font"), Subtype=pdf_name("/Type1"), BaseFont=pdf_name("/ZapfDingbats")))
    swapped(writer, resources(writer)["/Font"].raw_get("/F1"), font)


def another_xobject(writer: IncrementalPdfFileWriter) -> None:
    swapped(writer, resources(writer)["/XObject"].raw_get("/X1"), form(b"0 0 200 50 re f", 0, 0, 200, 50))


def layer_shown(writer: IncrementalPdfFileWriter) -> None:
    properties = writer.root["/OCProperties"]
    layer = properties["/OCGs"].raw_get(0)
    properties[pdf_name("/D")] = Dict(named(ON=Array([layer]), OFF=Array()))
    writer.update_root()


def layers_gone(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/OCProperties"]
    writer.update_root()


def field_filled(writer: IncrementalPdfFileWriter) -> None:
    """Replace by overlay: an empty text field that lay over the sum gets a value and hides it."""
    field = the_field(writer)
    field[pdf_name("/V")] = generic.pdf_string("Pay 9000 to Eve")
    drawn = form(b"1 g 0 0 300 40 re f 0 g 10 10 200 20 re f", 0, 0, 300, 40)
    field[pdf_name("/AP")] = Dict(named(N=writer.add_object(drawn)))


def value_without_appearance(writer: IncrementalPdfFileWriter) -> None:
    the_field(writer)[pdf_name("/V")] = generic.pdf_string("Pay 9000 to Eve")
    writer.root["/AcroForm"][pdf_name("/NeedAppearances")] = generic.BooleanObject(True)  # noqa: FBT003
    writer.update_root()


def field_moved(writer: IncrementalPdfFileWriter) -> None:
    the_field(writer)[pdf_name("/Rect")] = rectangle(0, 0, 595, 842)


def default_appearance(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/AcroForm"][pdf_name("/DA")] = generic.pdf_string("/F1 99 Tf 1 0 0 rg")
    writer.root["/AcroForm"][pdf_name("/DR")] = Dict(named(Font=Dict()))
    writer.update_root()


def forms_in_xml(writer: IncrementalPdfFileWriter) -> None:
    xdp = Stream(stream_data=b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    writer.root["/AcroForm"][pdf_name("/XFA")] = writer.add_object(xdp)
    writer.update_root()


def script_by_name(writer: IncrementalPdfFileWriter) -> None:
    action = Dict(named(S=pdf_name("/JavaScript"), JS=generic.pdf_string("app.alert(1)")))
    names = Dict(named(Names=Array([generic.pdf_string("a"), writer.add_object(action)])))
    writer.root[pdf_name("/Names")] = Dict(named(JavaScript=names))
    writer.update_root()


def attachment(writer: IncrementalPdfFileWriter) -> None:
    inside = Dict(named(F=writer.add_object(Stream(stream_data=b"evil"))))
    file = Dict(named(Type=pdf_name("/Filespec"), F=generic.pdf_string("result.xml"), EF=inside))
    names = Dict(named(Names=Array([generic.pdf_string("result.xml"), writer.add_object(file)])))
    writer.root[pdf_name("/Names")] = Dict(named(EmbeddedFiles=names))
    writer.update_root()


def additional_action(writer: IncrementalPdfFileWriter) -> None:
    script = Dict(named(S=pdf_name("/JavaScript"), JS=generic.pdf_string("this.getField('Sum').value = 'x'")))
    the_field(writer)[pdf_name("/AA")] = Dict(named(F=script))


def annotated(kind: str, **more: generic.PdfObject) -> Change:
    def change(writer: IncrementalPdfFileWriter) -> None:
        drawn = writer.add_object(form(b"1 g 0 0 300 40 re f", 0, 0, 300, 40))
        entries = named(Type=pdf_name("/Annot"), Subtype=pdf_name(kind), Rect=rectangle(72, 690, 372, 730), **more)
        note = Dict(entries | named(F=Number(4), AP=Dict(named(N=drawn))))
        page_of(writer)["/Annots"].append(writer.add_object(note))

    return change


def page_box(name: str) -> Change:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page_of(writer)[pdf_name(name)] = rectangle(300, 300, 595, 842)

    return change


def turned(writer: IncrementalPdfFileWriter) -> None:
    page_of(writer)[pdf_name("/Rotate")] = Number(180)


def widget_for_the_signature(writer: IncrementalPdfFileWriter) -> None:
    """The invisible signature is given a face that covers the page."""
    fields = writer.root["/AcroForm"]["/Fields"]
    reference = next(each for each in map(fields.raw_get, range(len(fields))) if each.get_object()["/T"] == "Forged")
    writer.mark_update(reference.reference)
    field = reference.get_object()
    field[pdf_name("/Rect")] = rectangle(72, 690, 372, 730)
    field[pdf_name("/AP")] = Dict(named(N=writer.add_object(form(b"1 g 0 0 300 40 re f", 0, 0, 300, 40))))


def empty_field_over_the_sum(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Sneaky", box=(72, 690, 372, 730), empty_field_appearance=True))


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        another_font, another_xobject, layer_shown, layers_gone, field_filled, value_without_appearance, field_moved,
        default_appearance, forms_in_xml, script_by_name, attachment, additional_action, turned,
        widget_for_the_signature, empty_field_over_the_sum,
    )
} | {
    "stamp": annotated("/Stamp"),
    "free text": annotated("/FreeText", Contents=generic.pdf_string("Pay 9000"), DA=generic.pdf_string("/F1 24 Tf")),
    "highlight": annotated("/Highlight", QuadPoints=rectangle(72, 730, 372, 730, 72, 690, 372, 690)),
    "redact": annotated("/Redact"),
    "square": annotated("/Square", IC=rectangle(1, 1, 1)),
    "link": annotated("/Link", A=Dict(named(S=pdf_name("/URI"), URI=generic.pdf_string("http://evil.example")))),
    "crop": page_box("/CropBox"),
    "media": page_box("/MediaBox"),
}  # fmt: skip


@pytest.mark.parametrize("permission", [0, 1, 2, 3])
def test_the_signed_file_is_valid(judge: Judge, rich: bytes, official: Identity, permission: int) -> None:
    assert judge(forged(rich, official, permission=permission)).verdict is Verdict.VALID


@pytest.mark.parametrize("permission", [0, 1, 2, 3])
@pytest.mark.parametrize("change", CHANGES)
def test_a_later_revision_that_deceives(
    judge: Judge, rich: bytes, official: Identity, change: str, permission: int
) -> None:
    signed = forged(rich, official, permission=permission)
    assert judge(appended(signed, CHANGES[change])).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    ("permission", "reason"),
    [(0, "TOTAL_PASSED"), (1, "SUSPICIOUS_CHANGES"), (2, "SUSPICIOUS_CHANGES"), (3, "SUSPICIOUS_CHANGES")],
)
def test_an_empty_field_without_a_face_shows_nothing_and_is_for_the_next_signer_where_nobody_certified(
    judge: Judge, rich: bytes, official: Identity, permission: int, reason: str
) -> None:
    assert judge(appended(forged(rich, official, permission=permission), reserve)).reason == reason


@pytest.mark.parametrize("permission", [0, 1, 2, 3])
@pytest.mark.parametrize("change", ["field_filled", "another_font", "stamp"])
def test_a_later_good_signature_does_not_cover_a_deceit_up(
    judge: Judge, rich: bytes, official: Identity, change: str, permission: int
) -> None:
    deceived = appended(forged(rich, official, permission=permission), CHANGES[change])
    verdict = judge(forged(deceived, official, name="Second"))
    assert verdict.verdict is not Verdict.VALID
    assert verdict.signatures[0].verdict is not Verdict.VALID


def faced(content: bytes) -> Change:
    """A later signature's field, over the sum, with a face of choice."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        reference = next(each for each in map(fields.raw_get, range(len(fields))) if each.get_object()["/T"] == "Later")
        writer.mark_update(reference.reference)
        reference.get_object()[pdf_name("/AP")] = Dict(named(N=writer.add_object(form(content, 0, 0, 300, 40))))

    return change


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"1 g 0 0 300 40 re f", Verdict.INVALID),
        (b"1 g 0 0 300 40 re f 0 g 0 0 100 10 re f", Verdict.INVALID),
        (b"1 0 0 RG 5 5 290 30 re S", Verdict.VALID),
    ],
)
@pytest.mark.parametrize("certified", [False, True])
def test_the_face_of_a_later_signature_hides_nothing(
    judge: Judge, rich: bytes, official: Identity, content: bytes, verdict: Verdict, *, certified: bool
) -> None:
    """The place was reserved before the first signature; what is drawn there was not signed by the first signer."""
    prepared = appended(rich, reserve)
    signed = forged(prepared, official, permission=2 if certified else 0)
    faces = appended_signature(signed, official, faced(content))
    assert judge(faces).signatures[0].verdict is verdict


def reserve(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Later", box=(72, 690, 372, 730)))


def appended_signature(data: bytes, signer: Identity, change: Change) -> bytes:
    """Sign the field `Later` in one revision with another change."""
    return forged(data, signer, name="Later", existing=True, change=change)


def root_of_another_file(data: bytes) -> bytes:
    """Hide-and-replace: the attacker's catalog was in the file from the start; a new table makes it the root."""
    table = int(data.rsplit(b"startxref", 1)[1].split()[0])
    body = b"\n90 0 obj\n<< /Type /Catalog /Pages 91 0 R >>\nendobj\n91 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    places = [len(data) + body.index(b"%d 0 obj" % number) for number in (90, 91)]
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data) + len(body)
    return (
        data + body + b"xref\n90 2\n" + entries + b"trailer\n<< /Size 92 /Root 90 0 R /Prev %d >>\n" % table
        + b"startxref\n%d\n%%%%EOF\n" % start
    )  # fmt: skip


@pytest.mark.parametrize("permission", [0, 2])
def test_another_root(judge: Judge, rich: bytes, official: Identity, permission: int) -> None:
    assert judge(root_of_another_file(forged(rich, official, permission=permission))).verdict is not Verdict.VALID
