"""Secrets change while posts arrive: the old and the new are good together, then the new alone, and no post is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from edgekit import CHALLENGE, PREVIOUS, SECRET, SECRETS, TOKEN, ask, post, stranger, until

from local.edge import EdgeError

NEW = "feed0000feed1111feed2222feed3333"
BODY = b'{"rotation":1}'


class Posting:
    """Posts by four senders at once, with the secret that stays good."""

    def __init__(self, edge) -> None:
        self.edge, self.statuses, self._stop = edge, [], threading.Event()

    def __enter__(self):
        self._pool = ThreadPoolExecutor(4)
        self._senders = [self._pool.submit(self._send) for _ in range(4)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        assert [sender.exception() for sender in self._senders] == [None] * 4

    def _send(self) -> None:
        while not self._stop.is_set():
            self.statuses.append(post(self.edge, BODY).status)

    def some_more(self) -> None:
        wanted = len(self.statuses) + 8
        until(lambda: len(self.statuses) >= wanted, "eight more posts")


def test_a_rotation_under_load_loses_no_post(start_edge, kestra):
    edge = start_edge(kestra.upstream)
    assert post(edge, BODY, NEW).status == 403
    before = len(kestra.executions())
    with Posting(edge) as posting:
        for _ in range(3):
            posting.some_more()
            edge.reload()
        edge.write_secrets({"WHATSAPP_APP_SECRET": NEW, "WHATSAPP_APP_SECRET_PREVIOUS": SECRET})
        edge.reload()
        assert post(edge, BODY, NEW).status == 200
        assert post(edge, BODY, PREVIOUS).status == 403
        posting.some_more()
    assert set(posting.statuses) == {200}
    assert len(kestra.executions()) == before + len(posting.statuses) + 1
    edge.write_secrets({"WHATSAPP_APP_SECRET_PREVIOUS": ""})
    edge.reload()
    assert (post(edge, BODY, NEW).status, post(edge, BODY, SECRET).status) == (200, 403)


def test_another_verify_token_and_another_key(start_edge, kestra):
    edge = start_edge(kestra.upstream, {**SECRETS, "WHATSAPP_WEBHOOK_KEY": "a-key-that-kestra-does-not-know"})
    assert post(edge, BODY).status == 502
    edge.write_secrets({"WHATSAPP_WEBHOOK_KEY": SECRETS["WHATSAPP_WEBHOOK_KEY"]})
    edge.write_secrets({"WHATSAPP_VERIFY_TOKEN": "another-verify-token\n"})
    edge.reload()
    assert post(edge, BODY).status == 200
    assert ask(edge, CHALLENGE, source=stranger()).status == 403
    assert ask(edge, CHALLENGE.replace(TOKEN, "another-verify-token"), source=stranger()).status == 200


@pytest.mark.parametrize("value", ["", "   ", "\n", "sh0rt", "with a blank in it, long"])
def test_a_secret_that_is_not_usable_is_refused_and_the_edge_goes_on(start_edge, kestra, value):
    edge = start_edge(kestra.upstream)
    edge.write_secrets({"WHATSAPP_APP_SECRET": value})
    with pytest.raises(EdgeError, match="WHATSAPP_APP_SECRET") as refused:
        edge.reload()
    assert not value.strip() or value not in str(refused.value)
    assert post(edge, BODY).status == 200
