"""Hold what the one-stop system waits for against what a dossier has here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.exchange import ExpectedComponent, KnownDossier
from pipeline.usecases.component_list import ComponentList, Standing

_HERE = frozenset({Standing.PRESENT, Standing.ATTACHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedStanding:
    """A paper that the one-stop system waits for, and how it stands here."""

    component: ExpectedComponent
    standing: Standing | None
    """None: nothing here says what it would be: the procedure is not known, or does not have it"""

    @property
    def is_here(self) -> bool:
        """Whether the dossier has it here."""
        return self.standing in _HERE

    @property
    def is_lacking(self) -> bool:
        """Whether it is needed, and nobody has it."""
        return self.component.is_required and not self.is_here and not self.component.is_digitized


def expected_components(known: KnownDossier, told: ComponentList | None) -> Sequence[ExpectedStanding]:
    """Return what is expected with how it stands here; components are compared by code, else by name."""
    standings = {} if told is None else {each.component.code: each.standing for each in told.components}
    names = {} if told is None else {each.component.name.casefold(): each.standing for each in told.components}
    return tuple(
        ExpectedStanding(component=each, standing=standings.get(each.code, names.get(each.name.casefold())))
        for each in known.components
    )
