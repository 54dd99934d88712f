"""HubSpot CRM: contacts one by one and in batches, search, properties; `signature` checks its webhooks."""

from adapters.hubspot.client import BATCH_MOST, PAGE_MOST, SEARCH_MOST, SEARCH_PAGE_MOST, Client
from adapters.hubspot.records import Page, Problem, PropertyProblem, Record, Result, Write

__all__ = [
    "BATCH_MOST",
    "PAGE_MOST",
    "SEARCH_MOST",
    "SEARCH_PAGE_MOST",
    "Client",
    "Page",
    "Problem",
    "PropertyProblem",
    "Record",
    "Result",
    "Write",
]
