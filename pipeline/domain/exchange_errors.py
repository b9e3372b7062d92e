"""Errors of exchanging with other systems; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class ExchangeMalformed(BadInput):
    """What came from another system, or should go there, is not of its format: details name the format, the place and why."""

    code = "exchange.malformed"


class ExchangeHostile(BadInput):
    """A message does what no honest one does (a DTD, entities, nesting or sizes beyond all measure): it was not read on."""

    code = "exchange.hostile"


class PackageDamaged(BadInput):
    """A package for hand-over is not whole: details name the file and what is wrong with it."""

    code = "exchange.package_damaged"


class ConnectorNotSet(BadInput):
    """No setting says where this system is: details name the connector."""

    code = "connector.not_set"


class ConnectorUnavailable(Transient):
    """Another system does not answer, or too late, or was not asked because it failed too often just before."""

    code = "connector.unavailable"


class ConnectorRefused(Forbidden):
    """Another system does not let us in, or sends us elsewhere: redirects are not followed."""

    code = "connector.refused"


class ConnectorGarbled(Transient):
    """Another system answered something else than was agreed: nothing of it is used."""

    code = "connector.garbled"


class OfferRefused(NeedsPerson):
    """A result of the national depository is not taken over: details name its code and say why."""

    code = "exchange.result_refused"
