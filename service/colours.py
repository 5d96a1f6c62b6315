"""What CSS takes for a colour (CSS Color 4): the notations that browsers know in ``<meta name="theme-color">``.

Refuses to compute one. ``currentcolor`` and system colours are none here: they mean nothing outside a page.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = frozenset(
    re.findall(
        r"[a-z]+",
        """
        aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
        cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod
        darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon
        darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray
        dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
        green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen
        lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink
        lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen
        linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
        mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy
        oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip
        peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown
        seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal
        thistle tomato transparent turquoise violet wheat white whitesmoke yellow yellowgreen
        """,
    )
)

_NUMBER: Final = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"
_SHARE: Final = rf"{_NUMBER}%?"
_ANGLE: Final = rf"{_NUMBER}(?:deg|grad|rad|turn)?"


def _function(name: str, first: str) -> str:
    """With commas, or with spaces and a slash before the opacity."""
    commas = rf"{first}(?:\s*,\s*{_SHARE}){{2,3}}"
    spaces = rf"{first}(?:\s+{_SHARE}){{2}}(?:\s*/\s*{_SHARE})?"
    return rf"{name}a?\(\s*(?:{commas}|{spaces})\s*\)"


_WRITTEN: Final = (
    rf"#(?:[0-9a-f]{{3,4}}|[0-9a-f]{{6}}|[0-9a-f]{{8}})|{_function('rgb', _SHARE)}|{_function('hsl', _ANGLE)}"
)


def is_colour(text: str) -> bool:
    """Whether ``text`` is a colour in hexadecimal, by name, or as ``rgb()`` or ``hsl()``."""
    return text.lower() in _NAMES or re.fullmatch(_WRITTEN, text, re.IGNORECASE | re.ASCII) is not None
