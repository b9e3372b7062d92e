"""Problem details."""

from __future__ import annotations

from pydantic import ConfigDict
from pydantic.config import JsonDict

from pipeline.domain.errors import Kind
from web.api.models.base import ApiModel

_EXAMPLE: JsonDict = {
    "type": "urn:sohoa:error:not_found",
    "title": "Not Found",
    "status": 404,
    "detail": "Không tìm thấy giấy tờ 0199….",
    "instance": "urn:sohoa:request:0199a7c2-6f0e-7000-8000-000000000001",
    "code": "not_found",
    "kind": "bad_input",
    "details": {"what": "document", "id": "0199…"},
    "messages": {"vi": "Không tìm thấy giấy tờ 0199….", "en": "There is no document 0199…."},
}


class Problem(ApiModel):
    """What went wrong (RFC 9457), with the error's code, which never changes, and its words in both languages."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    type: str
    """`urn:sohoa:error:` and the code; the reference page lists all"""
    title: str
    """the HTTP status in words"""
    status: int
    """HTTP status"""
    detail: str
    """what happened, to what, and what to do; in the language that was asked for, Vietnamese unless it is English"""
    instance: str
    """`urn:sohoa:request:` and the request's id, which stands in the logs too"""
    code: str
    """for machines"""
    kind: Kind
    """what it means for whoever asks: whether to correct, to have somebody decide, or to try again"""
    details: dict[str, str | int | float]
    """what it is about"""
    messages: dict[str, str]
    """`detail` in all languages"""
