"""Webhooks as the administrator sees them: how telling goes, and having it done again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from app.language import reason_words
from app.setting_groups import Language
from app.webhooks.delivering import webhook_services
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.client import ApiClient, ApiScope, ClientId
from pipeline.domain.event import Attempt, EventKind, EventNumber
from pipeline.domain.webhook import SendAnswer, SendFault, Webhook, WebhookState
from pipeline.usecases.keep_webhooks import add_webhook, set_state
from storage.database import writing
from storage.recorded import append
from tests.web.conftest import Person
from web.office import Office
from web.words import load_words

ADDRESS = "https://mot-cua.example.vn/su-kien"
SignIn = Callable[..., Person]


class Nobody:
    """A receiver that does not answer."""

    def refuse(self, address: str) -> None:
        del address

    def send(self, address: str, body: bytes, headers: object) -> SendAnswer:
        del address, body, headers
        return SendAnswer(status=None, milliseconds=7, fault=SendFault.UNREACHABLE)


@pytest.fixture
def webhook(office: Office) -> Webhook:
    """Keep a client and a webhook of it that is not told, so that nothing moves by itself."""
    services = office.services
    client = ApiClient(
        id=ClientId("mot-cua-tinh"),
        name="Hệ thống một cửa tỉnh",
        agencies=frozenset({"", "H42.12"}),
        scopes=frozenset({ApiScope.EVENTS_READ}),
        secret_hash="5" * 64,
        created_at=services.clock.now(),
    )
    services.clients.add(client)
    keeping = webhook_services(services, sender=Nobody())
    made, _ = add_webhook(client, ADDRESS, services=keeping)
    return set_state(made, WebhookState.PAUSED, services=keeping)


def give_up(office: Office, webhook: Webhook) -> int:
    """Let something happen that the webhook cannot be told; return the event's number."""
    services = office.services
    deed = Deed(action=Action.COPY_ADDED, subject=Subject(SubjectKind.COPIES, "d-1"))
    with writing(services.records.engine) as connection:
        append(connection, [deed], book=services.records.book)
    at = services.clock.now() + dt.timedelta(seconds=1)
    (claimed,) = services.events.claim(webhook.id, at=at, seconds=1, limit=1)
    given_up = Attempt(event=EventNumber(claimed.event.number), at=at, status=422, reason=SendFault.REFUSED.value)
    services.events.set_aside(webhook.id, given_up)
    return claimed.event.number


def test_webhooks_are_listed_and_what_could_not_be_told_is_told_again(
    office: Office, sign_in: SignIn, webhook: Webhook
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    number = give_up(office, webhook)
    listed = admin.browser.get("/system/webhooks").text
    assert ADDRESS in listed
    assert "tạm dừng" in listed
    path = f"/system/webhooks/{webhook.id}"
    shown = admin.browser.get(path).text
    assert f"e-{number}" in shown
    assert "bên nhận từ chối thông báo này" in shown
    answer = admin.post(f"{path}/replay", event=str(number))
    assert answer.headers["location"].endswith(f"{path}?done=replayed")
    assert "Không có thông báo nào bị bỏ lại" in admin.browser.get(path).text
    (again,) = office.services.events.claim(webhook.id, at=office.services.clock.now(), seconds=1, limit=9)
    assert again.event.number == number
    give_up(office, webhook)
    admin.post(f"{path}/replay")
    assert "Không có thông báo nào bị bỏ lại" in admin.browser.get(path).text


def test_a_webhook_goes_on_and_is_paused(office: Office, sign_in: SignIn, webhook: Webhook) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    path = f"/system/webhooks/{webhook.id}"
    for to, state in (("resume", WebhookState.ACTIVE), ("pause", WebhookState.PAUSED)):
        admin.post(f"{path}/state", to=to)
        found = office.services.webhooks.webhooks.find(webhook.id)
        assert found is not None
        assert found.state is state
    assert admin.post(f"{path}/state", to="stop").status_code == 422


def test_a_test_says_what_came_of_it(office: Office, sign_in: SignIn, webhook: Webhook) -> None:
    """The settings of this office allow no host: the message is not sent, and the page says why."""
    admin = sign_in(Role.ADMINISTRATOR)
    answer = admin.post(f"/system/webhooks/{webhook.id}/test")
    shown = admin.browser.get(answer.headers["location"]).text
    assert "webhooks.hosts" in shown
    assert "gửi thử" in shown


def test_one_without_a_secret_says_what_to_do(office: Office, sign_in: SignIn, webhook: Webhook) -> None:
    admin, path = sign_in(Role.ADMINISTRATOR), f"/system/webhooks/{webhook.id}"
    command = f"sohoa webhook secret {webhook.id}"
    assert command not in admin.browser.get(path).text
    with office.services.records.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM webhook_secrets")  # as an import leaves it
    assert command in admin.browser.get(path).text


def test_only_administrators_see_them(sign_in: SignIn, webhook: Webhook) -> None:
    for role in (Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER):
        person = sign_in(role)
        assert person.browser.get("/system/webhooks").status_code == 403
        assert person.browser.get(f"/system/webhooks/{webhook.id}").status_code == 403
        assert person.post(f"/system/webhooks/{webhook.id}/replay").status_code == 403


@pytest.mark.parametrize("language", list(Language))
def test_every_kind_of_event_has_words(language: Language) -> None:
    say = load_words(language).say
    assert len({say(f"event_kind.{each.value.replace('.', '_')}") for each in EventKind}) == len(EventKind)


@pytest.mark.parametrize("language", list(Language))
def test_every_fault_has_words(language: Language) -> None:
    say = load_words(language).say
    assert [each for each in SendFault if reason_words(each.value, say) == each.value] == []


def test_one_that_is_not_there(sign_in: SignIn) -> None:
    assert sign_in(Role.ADMINISTRATOR).browser.get("/system/webhooks/none").status_code == 404
