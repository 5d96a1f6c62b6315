"""How Zola writes names in slugs (``slugify.paths = "on"``): in Latin letters, whatever their script.

Each letter for itself, as Zola 0.22 was seen to write it (``tests/sources/zola/letters.py`` records the tables): Latin,
Greek, Cyrillic, kana, marks and signs here; Hangul by a rule; Han, emoji and the other scripts of Unicode's first plane
in a file that is read when one of them is met. Refuses to guess: of the scripts beyond (Tangut, cuneiform, rare Han)
nothing is known, and :func:`unknown` says so.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from sys import intern
from typing import Final

_OTHERS = re.compile(r"[^\w]+|_")
_SYLLABLES: Final = range(0xAC00, 0xD7A4)
_INITIAL: Final = ("g", "gg", "n", "d", "dd", "r", "m", "b", "bb", "s", "ss", "", "j", "jj", "c", "k", "t", "p", "h")
_MEDIAL: Final = (
    *("a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "weo", "we", "wi", "yu"),
    *("eu", "yi", "i"),
)
_FINAL: Final = (
    *("", "g", "gg", "gs", "n", "nj", "nh", "d", "l", "lg", "lm", "lb", "ls", "lt", "lp", "lh", "m", "b", "bs", "s"),
    *("ss", "ng", "j", "c", "k", "t", "p", "h"),
)


def slug(text: str) -> str:
    """A name as a slug; letters of which nothing is known stay as they are."""
    written = "".join(letter if letter.isascii() else _written(letter) for letter in text)
    return "-".join(filter(None, _OTHERS.split(written.lower())))


def unknown(text: str) -> bool:
    """Whether a name has letters of which nothing is known."""
    return not text.isascii() and any(not letter.isascii() and _latin(letter) is None for letter in text)


def hangul(code: int) -> str:
    """A syllable, by its parts."""
    rest = code - _SYLLABLES.start
    return _INITIAL[rest // 588] + _MEDIAL[rest % 588 // 28] + _FINAL[rest % 28]


def _written(letter: str) -> str:
    latin = _latin(letter)
    return letter if latin is None else latin


def _latin(letter: str) -> str | None:
    code = ord(letter)
    if code in _SYLLABLES:
        return hangul(code)
    usual = _usual().get(code)
    return _others().get(code) if usual is None else usual


@cache
def _usual() -> dict[int, str]:
    return _read(_TABLE)


@cache
def _others() -> dict[int, str]:
    return _read(OTHERS.read_text("ascii"))


def _read(table: str) -> dict[int, str]:
    """Letters by number, from lines of a first number and what it and those after it are; ``-`` parts what stands
    around it, ``_`` is nothing."""
    found = {}
    for line in table.strip().split("\n"):
        first, *entries = line.split(" ")
        for code, entry in enumerate(entries, int(first, 16)):
            found[code] = "" if entry == "_" else intern(entry)
    return found


OTHERS: Final = Path(__file__).with_name("zola_letters.txt")


_TABLE: Final = """
00a0 - - c- ps - y- - ss - -c- a - - _ -r- - deg - 2 3
00b4 - u p - - 1 o - 1-4 1-2 3-4 - a a a a a a ae c
00c8 e e e e i i i i d n o o o o o x o u u u
00dc u y th ss a a a a a a ae c e e e e i i i i
00f0 d n o o o o o - o u u u u y th y a a a a
0104 a a c c c c c c c c d d d d e e e e e e
0118 e e e e g g g g g g g g h h h h i i i i
012c i i i i i i ij ij j j k k k l l l l l l l
0140 l l l n n n n n n -n ng ng o o o o o o oe oe
0154 r r r r r r s s s s s s s s t t t t t t
0168 u u u u u u u u u u u u w w y y y z z z
017c z z z s b b b b 6 6 o c c d d d d d 3 -
0190 e f f g g hv i i k k l l w n n o o o oi oi
01a4 p p yr 2 2 sh sh t t t t u u y v y y z z zh
01b8 zh zh zh 2 5 5 ts w - - - - dz dz dz lj lj lj nj nj
01cc nj a a i i o o u u u u u u u u u u - a a
01e0 a a ae ae g g g g k k o o o o zh zh j dz dz dz
01f4 g g hv w n n a a ae ae o o a a a a e e e e
0208 i i i i o o o o r r r r u u u u s s t t
021c y y h h n d ou ou z z a a e e o o o o o o
0230 o o y y l n t j db qp a c c l t s z - - b
0244 u - e e j j q q r r y y a a a b o c d d
0258 e - - e e e e j g g g g u y h h i i i l
026c l l lz w w m n n n o oe o f r r r r r r r
0280 r r s s j s s t t u u v - w y y z z z z
0294 - - - c - b e g h j k l q - - dz dz dz ts ts
02a8 tc fn ls lz ww - h h h h j r r r r w y - - -
02bc - - - - - - - - - v - v - - - - - - - -
02d0 - - - - - v - - v - - - - - r x g l s x
02e4 - 5 4 3 2 1 - - v - - v - - - o - - - -
02f8 - - - - - - - - _ _ _ _ _ _ _ _ _ _ _ _
030c _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
0320 _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
0334 _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
0348 _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
035c _ _ _ _ _ _ _ a e i o u c d h m r t v x
0370 h h s s - - w w - - i s s- s- - j - - - -
0384 - - a - e e i - o - u o i a b g d e z e
0398 th i k l m n ks o p r - s t u ph kh ps o i u
03ac a e e i u a b g d e z e th i k l m n x o
03c0 p r s s t u ph kh ps o i u o u o - b th u u
03d4 u ph p - q q st st w w q q sp sp sh sh f f kh kh
03e8 h h g g ch ch ti ti k r c j th e e sh sh s s s
03fc r- s s- s- ie io dj gj e dz i yi j lj nj tsh kj i u dzh
0410 a b v g d e zh z i i k l m n o p r s t u
0424 f kh ts ch sh shch - y - e iu ia a b v g d e zh z
0438 i i k l m n o p r s t u f kh ts ch sh shch - y
044c - e iu ia ie io dj gj ie dz i yi j lj nj tsh kj i u dzh
0460 o o e e ie ie e e ie ie o o io io ks ks ps ps f f
0474 y y y y u u o o o o ot ot q q -1000- - _ _ _ -
0488 -100-000- -1-000-000- jh jh - - r- r- g- g- g- g- g- g- zh- zh- z- z- k- k-
049c k- k- k- k- k- k- n- n- ng ng p- p- kh kh s- s- t- t- u u
04b0 u- u- kh- kh- tts tts ch- ch- ch- ch- h h ch ch ch- ch- - zh zh k-
04c4 k- lh lh n- n- nh nh ch ch mh mh h a a a a ae ae ie ie
04d8 - - - - zh zh z z dz dz i i i i o o o o o o
04ec e e u u u u u u ch ch gh gh y y xh xh x x h h
0500 d d dj dj zj zj dz dz lj lj nj nj sj sj tj tj a a l l
0514 lkh lkh rkh rkh a a q q w w q q l l n n ph ph - -
0528 ny ny dzh dzh dch dch l l
1100 g gg n d dd r m b bb s ss _ j jj c k t p h ng
1114 nn nd nb dg rn rr rh rn mb mn bg bn bd bs bsg bst bsb bss bsj bj
1128 bc bt bp bn bbn sg sn sd sr sm sb sbg sss s sj sc sk st sp sh
113c s ss s ss z g d m b s z _ j c t p n j j jj
1150 j jj ck ch ch ch pb pn hh q gd ns nj nh dl _ _ a ae ya
1164 yae eo e yeo ye o wa wae oe yo u weo we wi yu eu yi i a-o a-u
1178 ya-o ya-yo eo-o eo-u eo-eu yeo-o yeo-u o-eo o-e o-ye o-o o-u yo-ya yo-yae yo-yeo yo-o yo-i u-a u-ae u-eo-eu
118c u-ye u-u yu-a yu-eo yu-e yu-yeo yu-ye yu-u yu-i eu-u eu-eu yi-u i-a i-ya i-o i-u i-eu i-u u u-eo
11a0 u-u u-i uu aeu yau yeoya oya oyae g gg gs n nj nh d l lg lm lb ls
11b4 lt lp lh m b bs s ss ng j c k t p h gl gsg ng nd ns
11c8 nz nt dg tl lgs ln ld lth ll lmg lms lbs lbh rnp lss lz lk lq mg ml
11dc mb ms mss mz mc mh mn bl bp ph pn sg sd sl sb z g ss ngng kh
11f0 n ns nz pb pn hn hl hm hb q gn gb gch gk gh nn
1e00 a a b b b b b b c c d d d d d d d d d d
1e14 e e e e e e e e e e f f g g h h h h h h
1e28 h h h h i i i i k k k k k k l l l l l l
1e3c l l m m m m m m n n n n n n n n o o o o
1e50 o o o o p p p p r r r r r r r r s s s s
1e64 s s s s s s t t t t t t t t u u u u u u
1e78 u u u u v v v v w w w w w w w w w w x x
1e8c x x y y z z z z z z h t w y a s s s ss d
1ea0 a a a a a a a a a a a a a a a a a a a a
1eb4 a a a a e e e e e e e e e e e e e e e e
1ec8 i i i i o o o o o o o o o o o o o o o o
1edc o o o o o o o o u u u u u u u u u u u u
1ef0 u u y y y y y y y y ll ll v v y y a a a a
1f04 a a a a a a a a a a a a e e e e e e - -
1f18 e e e e e e - - e e e e e e e e e e e e
1f2c e e e e i i i i i i i i i i i i i i i i
1f40 o o o o o o - - o o o o o o - - u u u u
1f54 u u u u - u - u - u - u o o o o o o o o
1f68 o o o o o o o o a a e e e e i i o o u u
1f7c o o - - a a a a a a a a a a a a a a a a
1f90 e e e e e e e e e e e e e e e e o o o o
1fa4 o o o o o o o o o o o o a a a a a - a a
1fb8 a a a a a - i - - - e e e - e e e e e e
1fcc e - - - i i i i - - i i i i i i - - - -
1fe0 u u u u r r u u u u u u r - - - - - o o
1ff4 o - o o o o o o o - - - - - - - - - - -
2008 - - - - _ _ _ _ - - - - - - - - - - - -
201c - - - - - - - - - - - - - - _ _ _ _ _ -
2030 -0 -00 - - - - - - - - - - - - - - - - - -
2044 - - - - - - 7 pp - - - - - - - - - - - -
2058 - - - - - - - - _ _ _ _ _ - _ _ _ _ _ _
206c _ _ _ _
20a0 ecu cl cr ff l mil n pts rs w ns d eur k t dr pf p g a
20b4 hrn c lt sm t rs tl m manat rb lari btc som
2100 a-c a-s c c cl c-o c-u e g f g h h h h h i i l l
2114 - n no -p- p p q r r r rx r sm tel tm v z oz ohm mho
2128 z i k a b c e e e f f m o a b g d information-source- q fax
213c p g g p s g l l y d d e i j pl - p a-s f sh
2150 1-7 1-9 1-10 -1-3- -2-3- -1-5- -2-5- -3-5- -4-5- -1-6- -5-6- -1-8- -3-8- -5-8- -7-8- -1- i ii iii iv
2164 v vi vii viii ix x xi xii l c d m i ii iii iv v vi vii viii
2178 ix x xi xii l c d m -d d- - - c 6 l - - 0-3 2 3
218c - - - -
3000 - - - - -jis- - - 0 - - - - - - - - - - - x-
3014 - - - - - - - - - - - - - 1 2 3 4 5 6 7
3028 8 9 _ _ _ _ _ _ - - - - - - - - -10- -20- -30- -
303c masu part-alternation-mark- - - - a a i i u u e e o o ka ga ki gi ku
3050 gu ke ge ko go sa za si zi su zu se ze so zo ta da ti di tu
3064 tu du te de to do na ni nu ne no ha ba pa hi bi pi hu bu pu
3078 he be pe ho bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru
308c re ro wa wa wi we wo n vu ka ke - - - - - - - - yori
30a0 - a a i i u u e e o o ka ga ki gi ku gu ke ge ko
30b4 go sa za si zi su zu se ze so zo ta da ti di tu tu du te de
30c8 to do na ni nu ne no ha ba pa hi bi pi hu bu pu he be pe ho
30dc bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa
30f0 wi we wo n vu ka ke va vi ve vo - _ - - koto
fb00 ff fi fl ffi ffl st st
ff00 - - - - - - - - - - - - - - - - 0 1 2 3
ff14 4 5 6 7 8 9 - - - - - - - a b c d e f g
ff28 h i j k l m n o p q r s t u v w x y z -
ff3c - - - - - a b c d e f g h i j k l m n o
ff50 p q r s t u v w x y z - - - - - - - - -
ff64 - - wo a i u e o ya yu yo tu - a i u e o ka ki
ff78 ku ke ko sa si su se so ta ti tu te to na ni nu ne no ha hi
ff8c hu he ho ma mi mu me mo ya yu yo ra ri ru re ro wa n - -
ffa0 _ g gg gs n nj nh d dd r lg lm lb ls lt lp rh m b bb
ffb4 bs s ss _ j jj c k t p h - - - a ae ya yae eo e
ffc8 - - yeo ye o wa wae oe - - yo u weo we wi yu - - eu yi
ffdc i - - - -c ps - - - y- w- - - - - - - - o -
"""
