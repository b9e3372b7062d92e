"""Verdicts on signatures as other programs get them: `sohoa verify --json`, and the validation report of a paper."""

from __future__ import annotations

from typing import Any

from pipeline.domain.signature import FileVerdict, SignatureDetails, Verdict

INDICATIONS = {
    Verdict.VALID: "TOTAL-PASSED",
    Verdict.INDETERMINATE: "INDETERMINATE",
    Verdict.INVALID: "TOTAL-FAILED",
}
"""main indications of ETSI EN 319 102-1 §5.1.3"""


def verdict_json(verdict: FileVerdict) -> dict[str, Any]:
    """Return a verdict as plain values."""
    return {
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "active": [each.value for each in verdict.active],
        "signatures": [
            {
                "verdict": each.verdict.value,
                "reason": each.reason,
                "signer": each.signer,
                "time": each.time.isoformat() if each.time else None,
                "time_proven": each.time_proven,
                "digest": each.digest,
                "coverage": each.coverage.value,
                "intact": each.intact,
                "changes": each.changes,
                "indication": INDICATIONS[each.verdict],
                "details": _details_json(each.details) if each.details else None,
            }
            for each in verdict.signatures
        ],
    }


def _details_json(details: SignatureDetails) -> dict[str, Any]:
    return {
        "field": details.field,
        "kind": details.kind,
        "subject": details.subject,
        "serial_number": details.serial_number,
        "issuers": list(details.issuers),
        "store": details.store,
        "algorithm": details.algorithm,
        "key": details.key,
        "strength": details.strength.value,
        "bound": details.bound,
        "claimed_time": details.claimed_time.isoformat() if details.claimed_time else None,
        "permission": details.permission,
    }
