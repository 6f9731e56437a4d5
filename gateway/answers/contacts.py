"""A worker's contact."""

from gateway.answers.view import View
from gateway.contacts import Language


class ContactView(View):
    """A contact as it was stored."""

    phone: str
    id_number: str | None
    name: str
    webhook: str
    language: Language | None


class StoredView(View):
    """Whether there is a contact now, and whose station may see it."""

    stored: bool
    station_id: str
