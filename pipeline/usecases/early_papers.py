"""Papers whose end shows while their batch is still being read: understood, copied and shown at once.

What is read later may change where papers end and which dossier they are in, so nothing of this is a record: it is work
done ahead, which the end of the batch takes over where it comes to the same, and a list for whoever waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.document import Copy, DocumentState, SeparatedDocument, UnderstoodDocument
from pipeline.domain.early_paper import EarlyPaper, EarlyStretch
from pipeline.domain.ids import BatchId, ContentHash, SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.page_errors import PaperNotUnderstood
from pipeline.domain.page_notes import needs_look
from pipeline.domain.signature import FileVerdict
from pipeline.domain.source import InspectedSource
from pipeline.understand.corroborate import SignatureTrace
from pipeline.understand.cutting import Cutting
from pipeline.understand.secrecy import secrecy_of
from pipeline.understand.understand import understand
from pipeline.usecases.assemble_copies import copy_title, make_copies
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices
from pipeline.usecases.inspect_sources import Inspection
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.read_pages import reading_key
from pipeline.usecases.readings import FailedPage, PageReading, Readings
from pipeline.usecases.stage import recall
from pipeline.usecases.understand_batch import first_sources
from pipeline.usecases.validate_signed import doubt_broken_signatures, signature_traces

_SPARED = 2
"""sources that stay on the local disk between two papers: most papers begin in the source in which the last one ended"""

Understanding = Callable[[SeparatedDocument, Sequence[RecognisedPage]], UnderstoodDocument]
Keeping = Callable[[range, Sequence[UnderstoodDocument], Readings], None]
"""hears places of pages whose papers are through, and those of the papers that may be here"""


class EarlyPapers:
    """Goes through the pages of a batch in their order while they are read, and works on each paper that is through.

    A page is kept from when it is read until its paper is through; of papers what was understood stays.
    """

    def __init__(
        self,
        places: Mapping[PageRef, int],
        *,
        cutting: Cutting,
        understand: Understanding,
        keep: Keeping,
        elsewhere: Callable[[PageRef], RecognisedPage | None],
    ) -> None:
        """Begin before the first of the pages in `places`, which are all that are to be cut, in order and counted from 0.

        `keep` makes copies of papers and shows them; `elsewhere` finds how others have read a page.
        """
        self.understood: dict[SeparatedDocument, UnderstoodDocument] = {}
        """papers, none of them secret, by what they were taken for"""
        self._pages = tuple(places)
        self._places = places
        self._readings = Readings(places)
        self._cutting = cutting
        self._understand = understand
        self._keep = keep
        self._elsewhere = elsewhere
        self._passed = 0
        """pages that were cut"""
        self._through = 0
        """papers that were worked on"""
        self._end = 0
        """place behind the last page of them"""

    def hear(self, reading: PageReading) -> None:
        """Hear how a page was read; of others than those that are cut nothing is kept."""
        if reading.ref in self._places:
            self._readings.put([reading.ref], reading.error if isinstance(reading, FailedPage) else reading)

    def look(self) -> None:
        """Go on as far as all pages are read, and work on the papers that have come to their end.

        Raises:
            what making copies and writing records raises, but for what is a paper's own fault: that one is not shown early.
        """
        while self._passed < len(self._pages) and self._pass(self._pages[self._passed]):
            self._passed += 1
        settled = self._cutting.settled
        if settled <= self._through:
            return
        papers = self._cutting.papers(self._through, settled)
        self._through = settled
        start, self._end = self._end, self._places[papers[-1].pages[-1]] + 1
        plain = [each for each in map(self._understood, papers) if each is not None]
        self._keep(range(start, self._end), plain, self._readings)
        for paper in papers:
            self._readings.forget(paper.pages)

    def _pass(self, ref: PageRef) -> bool:
        """Cut the next page; say whether it was read, or will never be."""
        if not self._readings.is_known(ref):
            found = self._elsewhere(ref)
            if found is None:
                return False
            self.hear(found)
        reading = self._readings[ref]
        if isinstance(reading, RecognisedPage):  # a page that failed belongs to no paper
            self._cutting.take(reading)
        following = self._pages[self._passed + 1] if self._passed + 1 < len(self._pages) else None
        if following is None or following.source != ref.source:
            self._cutting.end_source()
        return True

    def _understood(self, paper: SeparatedDocument) -> UnderstoodDocument | None:
        """Return a paper with its state as far as it is known by now; None for one that may not be here."""
        readings = [self._readings[ref] for ref in paper.pages]
        pages = [each for each in readings if isinstance(each, RecognisedPage)]
        try:
            if secrecy_of(pages) is not None:
                return None
            understood = self.understood[paper] = self._understand(paper, pages)
        except PaperNotUnderstood:
            return None  # whoever finishes the batch finds the same, and its pages fail by name
        if any(needs_look(self._cutting.outcome(page, paper.id)) for page in pages):
            return replace(understood, state=DocumentState.NEEDS_REVIEW)
        return understood


@contextlib.contextmanager
def early_papers(
    batch: ReceivedBatch,
    inspection: Inspection,
    verdicts: Mapping[ContentHash, FileVerdict],
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
) -> Iterator[EarlyPapers]:
    """Give what is to hear the pages of a batch as they are read, and to look between two of them."""
    readable = inspection.readable
    first_of = first_sources(readable)
    sources = {each.name: each for each in readable if first_of[each.name] == each.name}
    pages = (PageRef(each.name, number) for each in sources.values() for number in range(1, each.pages + 1))
    places = {ref: place for place, ref in enumerate(pages)}
    cutting = Cutting(
        sources.keys(),
        batch=batch.id,
        catalogue=services.catalogue,
        given=batch.dossier,
        hints={source.name: source.folder for source in inspection.received},
        signed={source.name for source in readable if source.signed},
    )
    with LentFiles(services.objects, spared=_SPARED) as files:
        work = _Work(
            batch=batch.id,
            sources=sources,
            places=places,
            verdicts=verdicts,
            signatures=signature_traces(readable, verdicts),
            files=files,
            services=services,
            policy=policy,
        )
        yield EarlyPapers(
            places, cutting=cutting, understand=work.understand, keep=work.keep, elsewhere=work.read_elsewhere
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is done for the papers of one batch."""

    batch: BatchId
    sources: Mapping[SourceName, InspectedSource]
    places: Mapping[PageRef, int]
    verdicts: Mapping[ContentHash, FileVerdict]
    signatures: Mapping[SourceName, Sequence[SignatureTrace]]
    files: LentFiles
    services: DigitizeServices
    policy: DigitizePolicy

    def understand(self, paper: SeparatedDocument, pages: Sequence[RecognisedPage]) -> UnderstoodDocument:
        """Find out what a paper is and says."""
        return understand(
            paper,
            pages,
            catalogue=self.services.catalogue,
            policy=self.policy.understand,
            signatures=self.signatures.get(paper.pages[0].source, ()),
            officials=self.policy.officials,
        )

    def read_elsewhere(self, ref: PageRef) -> RecognisedPage | None:
        """Return how somebody else has read a page; None where nobody has."""
        source = self.sources[ref.source].sha256
        key = reading_key(source, ref.number, policy=self.policy.read, tools=self.policy.tools.read)
        found = recall(key, RecognisedPage, ledger=self.services.ledger, objects=self.services.objects)
        return None if found is None else replace(found, ref=ref)

    def keep(self, stretch: range, papers: Sequence[UnderstoodDocument], readings: Readings) -> None:
        """Make the copies of the papers of a stretch of pages, and show those that could be made."""
        # not all of the batch: this happens once a paper
        sources = [self.sources[name] for name in dict.fromkeys(ref.source for each in papers for ref in each.pages)]
        made = make_copies(
            papers,
            readings,
            sources=sources,
            # meanwhile no further page is begun: a copy that takes long is left to the end
            maker=self.services.copy_maker(self.policy),
            files=self.files,
        )
        shown = doubt_broken_signatures([each for each in papers if each.id in made.copies], sources, self.verdicts)
        early = tuple(self._shown(paper, made.copies[paper.id]) for paper in shown)
        noted = EarlyStretch(start=stretch.start, end=stretch.stop, papers=early)
        self.services.batches.note(self.batch, early=noted)

    def _shown(self, paper: UnderstoodDocument, copy: Copy) -> EarlyPaper:
        return EarlyPaper(
            id=paper.id,
            place=self.places[paper.pages[0]],
            first=paper.pages[0],
            pages=len(paper.pages),
            type=paper.type,
            title=copy_title(paper, self.services.catalogue),
            copy=copy,
            state=paper.state,
        )
