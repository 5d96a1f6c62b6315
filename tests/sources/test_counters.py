"""WordPress' numbers in bodies: what depends on the posts ahead of one is no part of it."""

from __future__ import annotations

import pytest

from service.sources.counters import uncounted

# As WordPress 6.1 writes them.
PLAYER = (
    '<audio class="wp-audio-shortcode" id="audio-567-{n}" preload="none" controls="controls">'
    '<source type="audio/mpeg" src="/a.mp3?_={n}" /><a href="/a.mp3">/a.mp3</a></audio>'
)
GALLERY = (
    "<div id='gallery-{n}' class='gallery galleryid-567 gallery-columns-3'><figure class='gallery-item'>"
    '<img src="/a.jpg" alt="gallery-3" aria-describedby="gallery-{n}-300" />'
    "<figcaption class='wp-caption-text' id='gallery-{n}-300'>gallery-3</figcaption></figure></div>"
)
BLOCKS = '<figure class="is-layout-flex wp-block-gallery-{n} wp-container-{n} wp-block-gallery">x</figure>'
QUERY = '<video id="video-5-{n}"><source type="video/mp4" src="/v.mp4?a=1&#038;_={n}" /></video>'
LAYOUT = '<style>.wp-container-{n} {{gap: 2em;}}</style><div class="wp-container-{n}">x</div>'


@pytest.mark.parametrize("written", [PLAYER, GALLERY, BLOCKS, QUERY, LAYOUT])
def test_the_same_body_further_down_a_listing_is_the_same_body(written: str) -> None:
    assert uncounted(written.format(n=1)) == uncounted(written.format(n=31))


def test_the_comment_before_the_first_player_is_no_part_of_the_post() -> None:
    first = "<!--[if lt IE 9]><script>document.createElement('audio');</script><![endif]-->\n"
    assert uncounted(first + PLAYER.format(n=1)) == uncounted(PLAYER.format(n=2))


def test_addresses_lose_the_number_of_the_player_alone() -> None:
    assert 'src="/v.mp4?a=1"' in uncounted(QUERY.format(n=3))
    assert 'alt="gallery-3"' in uncounted(GALLERY.format(n=1))


@pytest.mark.parametrize(
    "text",
    [
        '<p>gallery-3, audio-5-1, a.mp3?_=3 and id="gallery-3"</p>',
        "<pre><code>&lt;source src=\"a.mp3?_=3\"&gt; class='wp-container-3'</code></pre>",
        '<a href="/a.mp3?_=3">a</a><img src="/a.jpg?_=3"><audio controls src="/a.mp3?_=3"></audio>',
        '<h2 id="part-3">Part</h2><p id="gallery">x</p>',
    ],
)
def test_what_an_author_wrote_stays(text: str) -> None:
    assert uncounted(text) == text
