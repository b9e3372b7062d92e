"""No sequence of commands lets one person dispose alone, or dispose of what is held or locked."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pipeline.domain.audit import Author
from pipeline.domain.disposal import DisposalId, DisposalState, ItemState
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import DisposalRefused, DocumentDisposed
from pipeline.domain.ids import DocumentId
from pipeline.domain.kept_object import LockMode
from pipeline.domain.retention import Hold, HoldKind
from pipeline.ports import Area
from tests.storage.disposal_office import HOA, LAN, LATER, MINH, PROGRAM, Office, open_office

ANYBODY = st.sampled_from([LAN, MINH, HOA, PROGRAM])


class Disposing(RuleBasedStateMachine):
    """Four actors do anything in any order; what must never happen is looked for after each step."""

    seen: ClassVar[Counter[str]] = Counter()
    """what happened in all runs together: a run in which nothing happens proves nothing"""

    lists = Bundle("lists")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.office: Office = self._stack.enter_context(
            open_office(f"sqlite:///{folder / 'sohoa.db'}", folder / "archive")
        )
        self.papers: list[DocumentId] = []
        self.wanted: dict[DisposalId, set[str]] = {}
        """people who stood up for each list"""
        self.held: dict[str, Hold] = {}
        self.locked: set[DocumentId] = set()
        self.gone: set[DocumentId] = set()

    def teardown(self) -> None:
        self._stack.close()

    @initialize()
    def keep(self) -> None:
        self.papers = self.office.keep(papers=3)

    @rule(target=lists, who=ANYBODY, limit=st.integers(1, 3))
    def propose(self, who: Author, limit: int) -> object:
        self.office.clock.time += dt.timedelta(seconds=1)
        try:
            disposal = self.office.propose(who, limit=limit)
        except DisposalRefused:
            return multiple()
        self.wanted[disposal.id] = {who.name} - {PROGRAM.name}
        return disposal.id

    @rule(disposal=lists, who=ANYBODY, approved=st.booleans())
    def decide(self, disposal: DisposalId, who: Author, approved: bool) -> None:  # noqa: FBT001
        try:
            self.office.decide(disposal, who, approved=approved)
        except DisposalRefused:
            return
        if approved:
            self.wanted[disposal].add(who.name)

    @rule(disposal=lists, who=ANYBODY)
    def carry_out(self, disposal: DisposalId, who: Author) -> None:
        protected = {each for each in self.papers if self._is_protected(each)}
        before = {each for each in self.papers if self._is_gone(each)}
        try:
            done = self.office.carry_out(disposal, who)
        except DisposalRefused:
            assert {each for each in self.papers if self._is_gone(each)} == before
            self.seen["refused"] += 1
            return
        assert done.state is DisposalState.CARRIED_OUT
        assert len(self.wanted[disposal] - {PROGRAM.name}) >= 2, "two people stood up for it"
        went = {each for each in self.papers if self._is_gone(each)} - before
        assert not went & protected
        assert went <= {each.document for each in done.items}
        self.gone |= went
        self.seen["disposed"] += len(went)
        self.seen["kept"] += sum(each.state is ItemState.KEPT for each in done.items)

    @rule(
        limit=st.integers(1, 3), proposer=st.sampled_from([LAN, PROGRAM]), middle=st.sampled_from(["", "hold", "lock"])
    )
    def all_the_way(self, limit: int, proposer: Author, middle: str) -> None:
        """As it should be done, and what may come in between; chance alone would seldom come so far."""
        disposal = self.propose(proposer, limit)
        if not isinstance(disposal, str):
            return
        for who in (MINH, HOA):
            self.decide(DisposalId(disposal), who, approved=True)
        if middle == "hold":
            self.hold(1, HoldKind.DOCUMENT)
        if middle == "lock":
            self.lock(2)
        self.carry_out(DisposalId(disposal), LAN)

    @rule(target=holds, number=st.integers(0, 2), kind=st.sampled_from([HoldKind.DOCUMENT, HoldKind.DOSSIER]))
    def hold(self, number: int, kind: HoldKind) -> object:
        subject = self.papers[number] if kind is HoldKind.DOCUMENT else "b-1-dossier"
        try:
            hold = self.office.hold(kind, subject)
        except DocumentDisposed:
            assert self._is_gone(self.papers[number])
            return multiple()
        self.held[hold.id] = hold
        return hold.id

    @rule(hold=consumes(holds))
    def lift(self, hold: str) -> None:
        self.office.lift(self.held.pop(hold))

    @rule(number=st.integers(0, 2))
    def lock(self, number: int) -> None:
        paper = self.papers[number]
        if not self._is_gone(paper):
            copy = self.office.desk().versions.versions(paper)[0].sha256
            until = LATER + dt.timedelta(days=9999)
            self.office.care.retain(Area.ARCHIVE, copy, until=until, mode=LockMode.COMPLIANCE)
            self.locked.add(paper)

    @invariant()
    def nothing_else_is_gone(self) -> None:
        for paper in self.papers:
            version = self.office.desk().versions.versions(paper)[0]
            assert self._is_gone(paper) == (paper in self.gone)
            assert self.office.objects.has(Area.ARCHIVE, version.sha256) != (paper in self.gone)

    def _is_gone(self, paper: DocumentId) -> bool:
        return self.office.state(paper) is DocumentState.DISPOSED

    def _is_protected(self, paper: DocumentId) -> bool:
        held = {hold.subject for hold in self.held.values()}
        return paper in held or "b-1-dossier" in held or paper in self.locked


@pytest.mark.slow
def test_nobody_disposes_alone_or_of_what_is_protected() -> None:
    Disposing.seen.clear()
    many = settings(
        max_examples=25,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,  # so that how much happens in all runs together is no matter of luck
    )
    run_state_machine_as_test(Disposing, settings=many)
    assert min(Disposing.seen[each] for each in ("disposed", "kept", "refused")) > 2, Disposing.seen
