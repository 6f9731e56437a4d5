"""The open jobs of a zone as a schema.org feed, for the city app and whoever else lists jobs."""

from email.utils import formatdate
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.openapi import media
from gateway.parts import Parts
from gateway.places import known_zones
from gateway.problems import Problem
from gateway.tagged import UNCHANGED, IfNoneMatch, tagged_answer
from gateway.vacancies import feed

PATH: Final = "/feeds/jobs.jsonld"
PAGE: Final = 500
_MEDIA: Final = "application/ld+json"
_RESPONSES: Final = {
    **media(_MEDIA, "A DataFeed of JobPostings; `link` names the next page.", 404),
    **UNCHANGED,
}

Zone = Annotated[str, Query(pattern="^[0-9]{6}$", description="GB/T 2260 county code")]
After = Annotated[int, Query(ge=-1, le=2**53, description="as the link to a next page has it")]
Language = Annotated[Literal["zh-CN", "en"], Query(alias="lang")]


def add_feed_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.get(PATH, responses=_RESPONSES)
    async def jobs(
        zone: Zone,
        after: After = -1,
        language: Language = "zh-CN",
        if_none_match: IfNoneMatch = "",
    ) -> Response:
        """A zone's open jobs as schema.org JobPostings, in the order of posting, by pages.

        A copy may be kept and must be asked about each time, with `if-none-match`: a job that is
        filled goes at once. `last-modified` is the market's clock.
        """
        zones = await parts.model.zones()
        if zone not in zones and zone not in known_zones():
            raise Problem(404, "unknown_zone", value=zone, zones=", ".join(zones))
        page = await parts.model.open_jobs(zone, after, PAGE)
        is_part = after >= 0 or page.next_after is not None
        body = feed(zone, page.jobs, language, f"{PATH}?zone={zone}" if is_part else "")
        headers = {
            "cache-control": "public, no-cache",
            "last-modified": formatdate(await parts.model.now(zone) / 1000, usegmt=True),
        }
        if page.next_after is not None:
            query = f"zone={zone}&after={page.next_after}&lang={language}"
            headers["link"] = f'<{PATH}?{query}>; rel="next"'
        return tagged_answer(body, _MEDIA, if_none_match, headers)
