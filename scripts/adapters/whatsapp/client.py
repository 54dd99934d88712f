"""WhatsApp Cloud API: fetch what people send, answer them, show that a message was read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.budget import Budget
from adapters.whatsapp import errors as graph
from adapters.whatsapp.media import (
    MediaInfo,
    check_hash,
    checked_id,
    from_answer,
    gone,
    is_fresh,
    normalise_sha256,
    too_large,
)
from kit import http, logging, policies
from kit.errors import InvalidRequestError, InvalidResponseError, NotFoundError, PermissionDeniedError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.limits import Limiter
    from kit.settings import Settings

MAX_TEXT = 4096
VERSION_WARNING = "X-Ad-Api-Version-Warning"


class Client:
    """One number's view of the Graph API.

    Args:
        settings: base URL, version and hosts that media may come from.
        token: system user token; goes to the Graph host and the media hosts only.
        limiter: asked instead of the shared limits of namespace_files/config/limits.json.
        policy: bounds of the tries; `total_s` bounds a whole method, a download that asks twice included.
    """

    def __init__(
        self,
        settings: Settings,
        token: str,
        *,
        limiter: Limiter | None = None,
        policy: http.RetryPolicy | None = None,
    ) -> None:
        """Keep what the calls need; nothing is sent yet."""
        self._settings = settings
        self._headers = {"Authorization": f"Bearer {token}"}
        self._limiter = limiter
        self._policy = policy or policies.retry(graph.PROVIDER)
        self._budget = Budget(self._policy)

    def media(self, media_id: str) -> MediaInfo:
        """Asks where a file lies; the URL lives 5 minutes.

        Raises:
            NotFoundError: the id is unknown or older than 7 days.
        """
        self._budget.restart()
        return self._media(media_id)

    def download(self, info: MediaInfo, max_bytes: int) -> bytes:
        """Returns the bytes of a file, their hash checked; a dead URL is asked for again once.

        Raises:
            RefusedInputError: the file is larger than `max_bytes`.
            NotFoundError: it is gone.
            UnsafeUrlError: its URL leaves the hosts that media may come from.
            InvalidResponseError: the bytes are not those that the hash names.
        """
        self._budget.restart()
        if is_fresh(info.url):
            try:
                return self._download(info, max_bytes)
            except (NotFoundError, PermissionDeniedError):
                logging.get(__name__).info("whatsapp.media_url_expired")
        try:
            return self._download(self._media(info.id), max_bytes, info.sha256_hex)
        except NotFoundError as error:
            raise gone(error) from error

    def fetch(self, media_id: str, *, max_bytes: int, sha256: str | None = None, url: str | None = None) -> bytes:
        """Downloads what a webhook names: its `url` saves a call while it is fresh, the id is the truth.

        Args:
            media_id: the webhook's media id.
            max_bytes: refuse more than this.
            sha256: the webhook's hash, hex or base64.
            url: the webhook's URL, when it has one.

        Raises:
            TerminalError: as for `download`.
        """
        try:
            digest = normalise_sha256(sha256)
        except ValueError:  # then only Graph's own word on the file counts
            logging.get(__name__).warning("whatsapp.webhook_hash_unusable")
            digest, url = None, None
        return self.download(MediaInfo(media_id, url, sha256_hex=digest), max_bytes)

    def send_text(
        self,
        phone_number_id: str,
        *,
        body: str,
        to: str | None = None,
        recipient: str | None = None,
        reply_to: str | None = None,
        callback: str | None = None,
    ) -> str:
        """Sends a text and returns its message id; 200 means accepted, delivery comes as a status event.

        Args:
            phone_number_id: the number that sends.
            body: the text; what exceeds 4,096 characters is cut.
            to: the person's phone number; or
            recipient: the person's business-scoped id, for people without a number.
            reply_to: message id that is quoted.
            callback: our effect key, echoed in the status events: the only way to look a doubtful send up.

        Raises:
            UncertainError: sent, but whether it was accepted is unknown. Never repeated here.
        """
        if bool(to) == bool(recipient):
            raise InvalidRequestError(
                "A text needs a phone number or a user id.", code="recipient", provider="whatsapp"
            )
        message: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **({"to": to} if to else {"recipient": recipient}),
            "type": "text",
            "text": {"body": _cut(body), "preview_url": False},
        }
        if reply_to:
            message["context"] = {"message_id": reply_to}
        if callback:
            message["biz_opaque_callback_data"] = callback
        return _message_id(self._post(phone_number_id, message, keyed=False).json())

    def mark_read(self, phone_number_id: str, message_id: str, *, typing: bool = True) -> None:
        """Shows the blue ticks, and that an answer is being written; repeating it changes nothing."""
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        self._post(phone_number_id, body, keyed=True)

    @cached_property
    def _graph(self) -> http.Client:
        base = f"{self._settings.whatsapp_base_url.rstrip('/')}/{self._settings.whatsapp_api_version}/"
        return self._client(base, ())

    @cached_property
    def _files(self) -> http.Client:
        hosts = self._settings.whatsapp_media_hosts
        return self._client(self._settings.whatsapp_base_url, hosts, policies.breaker(graph.PROVIDER, "media"))

    def _client(self, base_url: str, hosts: Sequence[str], breaker: http.Breaker | None = None) -> http.Client:
        return policies.client(
            graph.PROVIDER,
            base_url,
            headers=self._headers,
            allow_hosts=hosts,
            limiter=self._limiter,
            breaker=breaker,
            policy=self._policy,
            classify=graph.classify,
        )

    def _post(self, phone_number_id: str, body: Mapping[str, Any], *, keyed: bool) -> http.Response:
        self._budget.restart()
        graph_api = self._budget.bound(self._graph)
        path = f"{checked_id(phone_number_id)}/messages"
        return self._warn(graph_api.request("POST", path, json=body, keyed=keyed))

    def _media(self, media_id: str) -> MediaInfo:
        answer = self._budget.bound(self._graph).request("GET", checked_id(media_id))
        return from_answer(media_id, self._warn(answer).json())

    def _download(self, info: MediaInfo, max_bytes: int, sha256_hex: str | None = None) -> bytes:
        if info.size is not None and info.size > max_bytes:
            raise too_large(max_bytes)
        try:
            files = self._budget.bound(self._files)
            data = files.request("GET", str(info.url), max_bytes=max_bytes, expect_json=False).content
        except InvalidResponseError as error:
            if error.code == "response_too_large":
                raise too_large(max_bytes) from error
            raise
        check_hash(data, sha256_hex or info.sha256_hex)
        return data

    def _warn(self, response: http.Response) -> http.Response:
        if warning := response.headers.get(VERSION_WARNING):
            logging.get(__name__).warning("whatsapp.version_ends", warning=warning)
        return response


def _message_id(answer: Any) -> str:
    try:
        return str(answer["messages"][0]["id"])
    except (KeyError, IndexError, TypeError) as error:
        raise UncertainError(
            "WhatsApp's answer names no message id.",
            code="invalid_response",
            next_action="Wait for the status events of the message.",
            provider=graph.PROVIDER,
        ) from error


def _cut(body: str) -> str:
    return body if len(body) <= MAX_TEXT else body[: MAX_TEXT - 1] + "…"
