"""A paper to be reviewed, in an office with pages."""

from __future__ import annotations

from pipeline.domain.document import DocumentState, Field, FieldState, StoredDocument
from pipeline.domain.ids import DocumentId, FieldName
from tests.e2e.papers import keep_papers
from tests.storage.samples import field
from web.office import Office

NAME, NUMBER, BIRTH = map(FieldName, ("full_name", "personal_id", "birth_date"))
DOUBTFUL = {"state": FieldState.NEEDS_REVIEW, "confidence": 0.5}


def kept(office: Office, document: DocumentId) -> StoredDocument:
    found = office.services.library.document(document)
    assert found is not None
    return found[1]


def keep_card(office: Office) -> DocumentId:
    fields: dict[FieldName, Field] = {
        NAME: field("Lê Văn Hải"),
        NUMBER: field("001199000011", **DOUBTFUL),
        BIRTH: field("1999-01-02", **DOUBTFUL),
    }
    (document,) = keep_papers(
        office.services.records,
        office.services.objects,
        1,
        fields=fields,
        kind="can_cuoc",
        state=DocumentState.NEEDS_REVIEW,
        with_source=True,
    )
    return document
