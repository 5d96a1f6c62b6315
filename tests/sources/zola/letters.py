"""Record how the real Zola writes letters of other scripts in slugs: ``service/sources/zola_letters.py`` and ``.txt``.

    ZOLA=... python -m tests.sources.zola.letters

A page for each letter; its slug between two marks. Hangul follows a rule (:func:`hangul` there), which a record of
every syllable proved. The module has the blocks below, the file the rest of the first plane and emoji: three minutes.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import unicodedata
from pathlib import Path

from service.sources import zola_letters
from tests.sources.zola.record import ZOLA, missing

BLOCKS = (
    *((0x00A0, 0x0530), (0x1100, 0x1200), (0x1E00, 0x2070), (0x20A0, 0x20C1), (0x2100, 0x2190)),
    *((0x3000, 0x3100), (0xFB00, 0xFB07), (0xFF00, 0xFFF0)),
)
HANGUL = (0xAC00, 0xD7A4)
OTHERS = ((0x0080, 0x10000), (0x1F000, 0x1FB00))
PER_LINE = 20
LONGER = 100
"""Lines of the file, which is none to be read."""

_LIST = "{% for page in section.pages %}{{ page.title }} {{ page.slug }}\n{% endfor %}"


def recorded(*blocks: tuple[int, int]) -> dict[int, str]:
    """Each letter of the blocks as a slug has it between two others: ``-`` where it parts them."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "content").mkdir()
        (root / "templates").mkdir()
        (root / "config.toml").write_text('base_url = "https://letters.example"\n', "utf-8")
        (root / "templates" / "index.html").write_text(_LIST, "utf-8")
        (root / "templates" / "page.html").write_text("", "utf-8")
        for code in (code for block in blocks for code in range(*block)):
            if unicodedata.category(chr(code)) not in ("Cc", "Cs"):
                slug = json.dumps(f"q{chr(code)}q{code:04x}", ensure_ascii=False)
                page = f'+++\ntitle = "{code:04x}"\nslug = {slug}\n+++\n'
                (root / "content" / f"{code:04x}.md").write_text(page, "utf-8")
        subprocess.run([ZOLA, "build"], cwd=root, check=True, capture_output=True)
        lines = (line.split() for line in (root / "public" / "index.html").read_text("utf-8").splitlines() if line)
        return {int(code, 16): slug[1 : -1 - len(code)] for code, slug in lines}


def written() -> str:
    """The table's lines."""
    found = recorded(*BLOCKS)
    lines = []
    for start, end in BLOCKS:
        for first in range(start, end, PER_LINE):
            entries = (found.get(code, "-") or "_" for code in range(first, min(first + PER_LINE, end)))
            lines.append(f"{first:04x} {' '.join(entries)}")
    return "\n".join(lines)


def others() -> list[int]:
    """The letters of the file: what Unicode has there (in Python's edition) that is neither above nor Hangul."""
    elsewhere = {code for block in (*BLOCKS, HANGUL) for code in range(*block)}
    codes = (code for block in OTHERS for code in range(*block) if code not in elsewhere)
    return [code for code in codes if unicodedata.category(chr(code)) not in ("Cc", "Cs", "Co", "Cn")]


def written_others(codes: list[int]) -> str:
    """The file's lines, of these letters."""
    found = recorded(*((code, code + 1) for code in codes))
    lines: list[list[str]] = []
    for before, code in zip([-1, *codes], codes, strict=False):
        if code != before + 1 or len(lines[-1]) > LONGER:
            lines.append([f"{code:04x}"])
        lines[-1].append(found[code] or "_")
    return "".join(" ".join(line) + "\n" for line in lines)


if __name__ == "__main__":
    problem = missing()
    if problem:
        raise SystemExit(problem)
    module = Path(zola_letters.__file__)
    head, mark, _ = module.read_text("utf-8").partition('_TABLE: Final = """\n')
    module.write_text(f'{head}{mark}{written()}\n"""\n', "utf-8")
    zola_letters.OTHERS.write_text(written_others(others()), "ascii")
