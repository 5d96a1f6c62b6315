"""The card that X shows for a link (its documentation "Cards markup"); Discord and Telegram read it, too.

From a page that went through :func:`feeds.page.clean`. Refuses players and apps: a post is neither.
"""

from __future__ import annotations

from typing import Final

from feeds.open_graph import alt_text, present
from feeds.page import Page, Publication
from feeds.pictures import fits_cards, is_wide
from feeds.text import excerpt

TITLE_LENGTH: Final = 70
DESCRIPTION_LENGTH: Final = 200
ALT_LENGTH: Final = 420


def twitter_card(page: Page, publication: Publication) -> dict[str, str]:
    """The names without their ``twitter:``, in the order in which they are written. Empty ones are left out.

    X cuts wherever its limits fall; cut here, a text ends at a word. It shows no SVG: such a picture is not named.
    A logo or a face of unknown size is rather small: it gets the small card.
    """
    image = next(filter(fits_cards, page.images), None)
    stopgaps = (publication.site.logo, page.profile.avatar if page.profile else None)
    is_large = image is not None and is_wide(image) and (image.width is not None or image.url not in stopgaps)
    creators = (author.twitter for author in (page.profile, *page.authors) if author)
    return present(
        {
            "card": "summary_large_image" if is_large else "summary",
            "site": publication.twitter,
            "creator": next(filter(None, creators), ""),
            "title": excerpt(page.title, TITLE_LENGTH),
            "description": excerpt(page.description, DESCRIPTION_LENGTH),
            "image": image.url if image else "",
            "image:alt": excerpt(alt_text(image, page), ALT_LENGTH) if image else "",
        }
    )
