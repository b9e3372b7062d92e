"""Orders that this process carries out beside the requests: what opens a key is in memory for that long, and nowhere else.

The records say how far an order is. Whoever is killed in the middle leaves an order that is open, and a person goes on with it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future

from app.desk_signers import SignerChoice, refuse_other_holder
from app.following import followed_signing
from app.services import Services
from app.signers import open_signer
from pipeline.domain.errors import SohoaError
from pipeline.domain.signing_errors import KeyUnusable
from pipeline.domain.signing_order import KeptOrder, OrderId
from pipeline.usecases.sign_documents import resume_order

Beside = Callable[[str, Callable[[], None]], Future[None]]
"""runs named work beside the requests"""


class GivenSecrets:
    """What somebody typed to open a key, for one order; a one-time password is good for one time."""

    def __init__(self, secret: str = "", otp: str = "") -> None:
        self._told = {"passphrase": secret, "pin": secret, "otp": otp}

    def __repr__(self) -> str:
        return "GivenSecrets()"

    def ask(self, what: str) -> str:
        """Return a secret.

        Raises:
            KeyUnusable: it was not given, or was used up.
        """
        told = self._told.pop("otp", "") if what == "otp" else self._told.get(what, "")
        if not told:
            raise KeyUnusable(reason=f"{what}_not_given")
        return told

    def forget(self) -> None:
        """Let go of everything."""
        self._told.clear()


class SigningRuns:
    """The orders that this process works on."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self._lock = threading.Lock()
        self._running: set[OrderId] = set()
        self._ended: dict[OrderId, SohoaError] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def begin(
        self,
        order: KeptOrder,
        *,
        choice: SignerChoice,
        secrets: GivenSecrets,
        services: Services,
        may_sign: Callable[[], object],
    ) -> None:
        """Carry out what is left of an order; one that is being carried out goes on.

        Args:
            order: as it is kept.
            choice: the signer as the person was shown it.
            secrets: forgotten when the order ends.
            services: acting as the person.
            may_sign: raises if the person may not use the signer at that moment.
        """
        with self._lock:
            if order.id in self._running:
                return
            self._running.add(order.id)
            self._ended.pop(order.id, None)
        work = self._work(order, choice=choice, secrets=secrets, services=services, may_sign=may_sign)
        try:
            self._beside(f"order {order.id}", work)
        except BaseException:
            self._leave(order.id, secrets)
            raise

    def is_running(self, order: OrderId) -> bool:
        """Say whether this process works on an order."""
        with self._lock:
            return order in self._running

    def ended_by(self, order: OrderId) -> SohoaError | None:
        """Return what broke an order off when this process last worked on it."""
        with self._lock:
            return self._ended.get(order)

    def _work(
        self,
        order: KeptOrder,
        *,
        choice: SignerChoice,
        secrets: GivenSecrets,
        services: Services,
        may_sign: Callable[[], object],
    ) -> Callable[[], None]:
        def work() -> None:
            try:
                with self._turns[choice.name]:  # a token serves one at a time
                    may_sign()
                    _sign(order, choice, secrets, services)
            except SohoaError as error:
                with self._lock:
                    self._ended[order.id] = error
            finally:
                self._leave(order.id, secrets)

        return work

    def _leave(self, order: OrderId, secrets: GivenSecrets) -> None:
        secrets.forget()
        with self._lock:
            self._running.discard(order)


def _sign(order: KeptOrder, choice: SignerChoice, secrets: GivenSecrets, services: Services) -> None:
    settings, clock = services.settings, services.clock
    with (
        followed_signing(order=order.id) as heard,
        open_signer(settings, role=order.role, clock=clock, name=order.signer, ask=secrets.ask) as signer,
    ):
        refuse_other_holder(choice, signer.name)
        resume_order(
            services.orders.load(order.id) or order,
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=clock,
            on_document=heard,
        )
