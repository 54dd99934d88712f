"""The public API of one ManyChat page. Subscribers' ids are text here, whatever ManyChat writes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from adapters.manychat.errors import PROVIDER, classify
from kit import policies, secrets
from kit.errors import InvalidRequestError, InvalidResponseError, NotFoundError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit import http
    from kit.settings import Settings

FIELDS_MOST: Final = 20


class Client:
    """What we ask of ManyChat.

    Args:
        settings: base URL.
        token: of the page's API; the secret MANYCHAT_TOKEN when not given.
        policy: bounds of the tries of each method, instead of those of config/limits.json.
    """

    def __init__(
        self,
        settings: Settings,
        token: str | None = None,
        *,
        policy: http.RetryPolicy | None = None,
    ) -> None:
        """Keep what the calls need; nothing is sent and no secret read yet."""
        self._settings, self._token, self._policy = settings, token, policy

    def page(self) -> dict[str, Any]:
        """Returns the page that the token belongs to: `id`, `name`."""
        data = _data(self._api.request("GET", "fb/page/getInfo", limiter=policies.limiter(PROVIDER, "info")).json())
        return data if isinstance(data, dict) else {}

    def info(self, subscriber_id: str) -> dict[str, Any]:
        """Returns a subscriber: `id`, `name`, `email`, `phone`, `custom_fields`, …: the proof that it is one of ours.

        Raises:
            NotFoundError: the page has no such subscriber.
        """
        return self._subscriber("fb/subscriber/getInfo", {"subscriber_id": subscriber_id}, "info")

    def find(self, *, email: str | None = None, phone: str | None = None) -> dict[str, Any]:
        """Returns the subscriber with an e-mail or with a phone number (`+34…`).

        Raises:
            NotFoundError: the page has none.
            InvalidRequestError: both or neither were given.
        """
        if bool(email) == bool(phone):
            raise _wrong("A search needs an e-mail or a phone number.")
        found = {"email": email} if email else {"phone": phone}
        return self._subscriber("fb/subscriber/findBySystemField", found, "find")

    def set_fields(self, subscriber_id: str, fields: Mapping[str, Any]) -> None:
        """Sets custom fields by their names; repeating it changes nothing.

        Raises:
            InvalidRequestError: a field does not exist, or there are more than 20.
        """
        if len(fields) > FIELDS_MOST:
            raise _wrong(f"ManyChat takes {FIELDS_MOST} fields.")
        listed = [{"field_name": name, "field_value": value} for name, value in fields.items()]
        if listed:
            body = {"subscriber_id": subscriber_id, "fields": listed}
            self._post("subscriber/setCustomFields", body, "fields", keyed=True)

    def add_tag(self, subscriber_id: str, tag: str) -> None:
        """Adds a tag that the page has; repeating it changes nothing."""
        self._post("subscriber/addTagByName", {"subscriber_id": subscriber_id, "tag_name": tag}, "tag", keyed=True)

    def send(
        self, subscriber_id: str, messages: Sequence[Mapping[str, Any]], *, message_tag: str | None = None
    ) -> None:
        """Sends messages of the dynamic block's form (`{"type": "text", "text": …}`).

        Args:
            subscriber_id: who gets them.
            messages: 10 at most.
            message_tag: `ACCOUNT_UPDATE`, …; needed when the person last wrote more than 24 hours ago.

        Raises:
            InvalidRequestError: `manychat_window_closed`, or `manychat_content`.
            UncertainError: sent, but whether it was accepted is unknown. Never repeated here.
        """
        body: dict[str, Any] = {
            "subscriber_id": subscriber_id,
            "data": {"version": "v2", "content": {"messages": list(messages)}},
        }
        if message_tag:
            body["message_tag"] = message_tag
        self._post("sending/sendContent", body, "send", keyed=False)

    @cached_property
    def _api(self) -> http.Client:
        self._token = self._token or secrets.get("MANYCHAT_TOKEN")
        return policies.client(
            PROVIDER,
            self._settings.manychat_base_url,
            headers={"Authorization": f"Bearer {self._token}"},
            policy=self._policy,
            classify=classify,
        )

    def _subscriber(self, path: str, query: Mapping[str, Any], kind: str) -> dict[str, Any]:
        data = _data(self._api.request("GET", path, params=query, limiter=policies.limiter(PROVIDER, kind)).json())
        if not data:  # a search without a find is a success with nothing in it
            raise NotFoundError("ManyChat knows no such subscriber.", code="manychat_not_found", provider=PROVIDER)
        if not isinstance(data, dict) or "id" not in data:
            raise InvalidResponseError("ManyChat's answer names no subscriber.", provider=PROVIDER)
        return data | {"id": str(data["id"])}

    def _post(self, path: str, body: Mapping[str, Any], kind: str, *, keyed: bool) -> None:
        limiter = policies.limiter(PROVIDER, kind)
        answer = self._api.request("POST", f"fb/{path}", json=dict(body), keyed=keyed, limiter=limiter).json()
        try:
            _data(answer)
        except InvalidResponseError as error:
            if keyed:
                raise
            raise UncertainError(error.message, code="invalid_response", provider=PROVIDER) from error


def _wrong(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="manychat_request", provider=PROVIDER)


def _data(answer: Any) -> Any:
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise InvalidResponseError("ManyChat's answer says neither success nor error.", provider=PROVIDER)
    return answer.get("data")
