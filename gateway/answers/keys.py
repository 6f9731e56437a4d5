"""The keys of stations and operators."""

from events.values import Millis
from gateway.access.keys import KeyRole
from gateway.answers.view import View


class KeyView(View):
    """A key without its secret or its hash. `zones`: an operator's, null for all or a station's."""

    key_id: str
    role: KeyRole
    name: str
    zone: str
    station_id: str
    zones: list[str] | None
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None
    good: bool


class KeysView(View):
    """Every key there is or was, of those that whoever asks may know of."""

    keys: list[KeyView]
