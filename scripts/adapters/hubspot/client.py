"""Contacts of one HubSpot portal. Every value is text, as HubSpot keeps it; times are aware UTC."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from adapters.hubspot import batches, errors, paths, records
from adapters.hubspot.records import PROVIDER, Page, Problem, Record, Result, Write
from kit import policies, secrets
from kit.errors import InvalidResponseError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit import http
    from kit.settings import Settings

BATCH_MOST: Final = batches.MOST
PAGE_MOST: Final = 100
SEARCH_PAGE_MOST: Final = 200
# Results that one search gives at most, over all its pages.
SEARCH_MOST: Final = 10_000
# In the class, `list` is HubSpot's list of contacts.
Outcomes = list[Result | Problem]
Records = list[Record]


class Client:
    """What we ask of HubSpot.

    Args:
        settings: base URL, version, and the zone of the daily limit.
        token: of a private app; the secret HUBSPOT_TOKEN when not given.
        policy: bounds of the tries of each method, instead of those of config/limits.json.

    Every method raises the errors of `kit.http` with the codes of docs/adapters.md.
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
        self._version = settings.hubspot_api_version

    def get(self, contact_id: str, *, id_property: str | None = None, properties: Sequence[str] = ()) -> Record:
        """Returns one contact.

        Args:
            contact_id: HubSpot's id; with `id_property`, that property's value. A merged contact's old id works too.
            id_property: `email`, or a property with unique values.
            properties: what to bring; HubSpot's few defaults when none are named.

        Raises:
            NotFoundError: there is none, or it was deleted.
        """
        query = _query(properties=",".join(properties), idProperty=id_property)
        return records.record(self._json("GET", paths.objects(self._version, contact_id), params=query))

    def create(self, properties: Mapping[str, str]) -> Record:
        """Makes a contact.

        Raises:
            ConflictError: it exists; `details["existing_id"]` says which.
            UncertainError: no answer; look it up by e-mail or another unique property before repeating.
        """
        body = {"properties": dict(properties)}
        return records.record(self._json("POST", paths.objects(self._version), json=body))

    def update(self, contact_id: str, properties: Mapping[str, str], *, id_property: str | None = None) -> Record:
        """Changes some properties; an empty text clears one. Repeating it changes nothing.

        Raises:
            NotFoundError: there is no such contact.
            InvalidRequestError: `hubspot_properties`; `details["properties"]` names those refused; nothing is written.
        """
        path, query = paths.objects(self._version, contact_id), _query(idProperty=id_property)
        body = {"properties": dict(properties)}
        return records.record(self._json("PATCH", path, json=body, params=query, keyed=True))

    def archive(self, contact_id: str) -> None:
        """Moves a contact to the bin, where HubSpot keeps it for 90 days; repeating it changes nothing."""
        self._api.request("DELETE", paths.objects(self._version, contact_id), expect_json=False)

    def batch_upsert(self, inputs: Sequence[Write]) -> Outcomes:
        """Writes up to 100 contacts: changes those that are there, makes the others. Repeating it changes nothing.

        Returns:
            For each input, in order, what was written, or why it was not; a refusal of one leaves the others written.

        Raises:
            InvalidRequestError: the whole is refused: over 100, or the same contact twice (`hubspot_duplicate_ids`).
        """
        return self._batch("upsert", inputs)

    def batch_create(self, inputs: Sequence[Write]) -> Outcomes:
        """Makes up to 100 contacts; one that is there already is answered as `hubspot_conflict`, and not changed.

        A write's `id` and `id_property` only find its answer again; what identifies the contact is in its properties.
        """
        if not inputs:
            return []
        path = paths.objects(self._version, "batch", "create")
        # Unique properties are the key: sent again, it is a conflict, and no second contact.
        answer = self._json("POST", path, json=batches.creation(inputs), keyed=True)
        return batches.outcomes(inputs, answer)

    def batch_update(self, inputs: Sequence[Write]) -> Outcomes:
        """Changes up to 100 contacts that are there; others are answered as `hubspot_not_found`."""
        return self._batch("update", inputs)

    def batch_read(self, ids: Sequence[str], properties: Sequence[str], id_property: str | None = None) -> Records:
        """Returns those of up to 100 contacts that exist, in no order.

        Args:
            ids: HubSpot's ids; with `id_property`, values of that property.
            properties: what to bring; name `id_property` among them to tell the contacts apart.
            id_property: `email`, or a property with unique values.
        """
        if not ids:
            return []
        batches.check_size(len(ids))
        body = {"properties": list(properties), "inputs": [{"id": value} for value in ids]} | _query(
            idProperty=id_property
        )
        answer = self._json("POST", paths.objects(self._version, "batch", "read"), json=body, keyed=True)
        return [records.record(item) for item in records.results(answer)]

    def search(
        self,
        filter_groups: Sequence[Mapping[str, Any]],
        properties: Sequence[str],
        *,
        sorts: Sequence[Mapping[str, str]] = (),
        limit: int = SEARCH_PAGE_MOST,
        after: str | None = None,
    ) -> Page:
        """Returns a page of the contacts that fit; what was just written may be missing for seconds.

        Args:
            filter_groups: `[{"filters": [{"propertyName", "operator", "value"}]}]`: groups are or, filters are and.
            properties: what to bring.
            sorts: `[{"propertyName", "direction": "ASCENDING"}]`.
            limit: results a page, 200 at most.
            after: the page before's `after`.

        Raises:
            InvalidRequestError: `hubspot_search_window` beyond 10,000 results.
        """
        body = {"filterGroups": list(filter_groups), "properties": list(properties), "limit": limit} | _query(
            sorts=list(sorts), after=after
        )
        if int(after or 0) + limit > SEARCH_MOST:
            raise errors.beyond_the_window()
        path, limiter = paths.objects(self._version, "search"), policies.limiter(PROVIDER, "search")
        return records.page(self._json("POST", path, json=body, keyed=True, limiter=limiter))

    def list(
        self, properties: Sequence[str], *, after: str | None = None, archived: bool = False, limit: int = PAGE_MOST
    ) -> Page:
        """Returns a page of all contacts, by id; `archived` those of the bin instead."""
        query = _query(properties=",".join(properties), after=after, limit=limit, archived=str(archived).lower())
        return records.page(self._json("GET", paths.objects(self._version), params=query))

    def property(self, name: str) -> dict[str, Any]:
        """Returns a property's definition: `name`, `label`, `type`, `fieldType`, `options`, `hasUniqueValue`.

        Raises:
            NotFoundError: there is no such property.
        """
        return self._json("GET", paths.properties(self._version, name))

    def create_property(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Makes a property and returns its definition; a property's `hasUniqueValue` cannot be changed later.

        Raises:
            ConflictError: the name is taken.
        """
        return self._json("POST", paths.properties(self._version), json=dict(definition))

    def account(self) -> dict[str, Any]:
        """Returns the portal: `portalId`, `timeZone`, `accountType`, …; needs no scope."""
        return self._json("GET", "account-info/v3/details")

    @cached_property
    def _api(self) -> http.Client:
        self._token = self._token or secrets.get("HUBSPOT_TOKEN")
        return policies.client(
            PROVIDER,
            self._settings.hubspot_base_url,
            headers={"Authorization": f"Bearer {self._token}"},
            policy=self._policy,
            classify=errors.classifier(self._settings.timezone),
        )

    def _batch(self, verb: str, inputs: Sequence[Write]) -> Outcomes:
        if not inputs:
            return []
        path = paths.objects(self._version, "batch", verb)
        try:
            answer = self._json("POST", path, json=batches.body(inputs), keyed=True)
        except TerminalError as error:
            return self._by_halves(verb, inputs, error)
        return batches.outcomes(inputs, answer)

    def _by_halves(self, verb: str, inputs: Sequence[Write], error: TerminalError) -> Outcomes:
        """Where a portal refuses a whole batch for one contact's values, the others are written all the same."""
        problem = batches.of_one(error)
        if problem is None:
            raise error
        if len(inputs) == 1:
            return [problem]
        middle = len(inputs) // 2
        return [*self._batch(verb, inputs[:middle]), *self._batch(verb, inputs[middle:])]

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._api.request(method, path, **more).json()
        if not isinstance(answer, dict):
            raise InvalidResponseError("HubSpot's answer is no object.", provider=PROVIDER)
        return answer


def _query(**parts: Any) -> dict[str, Any]:
    """The parts that are there."""
    return {name: value for name, value in parts.items() if value}
