"""Bytes of a content file to text: strict, with line feeds, without a byte order mark, or a reason in one line.

Refuses to guess: what is not in the expected encoding is rejected with the place and, where it can be told, the name of
the encoding it seems to have. U+FFFD is never put in silently. Nothing is removed here but the mark and carriage
returns; characters that XML forbids are only reported.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from service.content.scalars import position_of
from service.errors import Problem, Rejected, SettingsError

HEAD_BYTES = 8 * 1024
"""How much of a file tells whether it is text at all: a reader may refuse a picture without reading the rest."""

XML_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 §2.2 has no place for."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ANY_MARK = tuple(mark for mark, _ in _MARKS)
_CANDIDATES = ["cp949", "cp932", "euc_jp", "gb18030", "big5", "cp1252", "cp1251", "koi8_r"]
"""Encodings that content is found in. Asked for all it knows, charset-normalizer takes short texts for exotic ones."""

_SAMPLE_BYTES = 16 * 1024
_WITHOUT_CONTROLS = bytes(octet if octet >= 0x20 or octet in b"\t\n\r" else 0x20 for octet in range(0x100))
"""What translates each octet to itself, but control characters to a space: bytes without any come back as they were."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def decoded(data: bytes, path: str, encoding: str = "utf-8") -> tuple[str, tuple[Problem, ...], bytes | None]:
    """The text of a file and warnings about it; and its bytes where they are the text in UTF-8: no byte order mark, no
    carriage returns.

    A byte order mark wins over ``encoding`` and is dropped. CRLF and CR become LF. Warnings: encoding-utf16,
    control-characters. Raises Rejected (encoding-invalid, binary-file), and SettingsError for an unknown encoding.
    """
    mark, codec = _codec(data, encoding)
    odd = codec != "utf-8" or _suspicious(data)
    if odd and not codec.startswith(("utf-16", "utf-32")):  # a NUL is odd
        refuse_binary(data[:HEAD_BYTES], path)
    try:
        text = data[mark:].decode(codec)
    except UnicodeDecodeError as error:
        raise Rejected(_invalid(data, path, codec, mark + error.start)) from None
    except (LookupError, ValueError) as error:
        raise SettingsError(f"source.encoding: {encoding!r} does not turn bytes into text ({error})") from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    elif codec == "utf-8" and not (mark or odd):
        return text, (), data  # nearly every file
    problems = []
    if mark and codec != "utf-8":
        hint = f"iconv -f {codec[:6]} -t utf-8"
        problems.append(
            Problem(path, 0, 0, "warning", "encoding-utf16", f"the file is {codec.upper()}, not UTF-8", hint)
        )
    if odd and (illegal := XML_ILLEGAL.search(text)):
        problems.append(_illegal(text, path, illegal.start()))
    whole = codec == "utf-8" and not mark and b"\r" not in data
    return text, tuple(problems), data if whole else None


def decode(data: bytes, path: str, encoding: str = "utf-8") -> tuple[str, tuple[Problem, ...]]:
    """:func:`decoded` without the bytes."""
    return decoded(data, path, encoding)[:2]


def _suspicious(data: bytes) -> bool:
    """Whether UTF-8 may hold what XML forbids: a control character, or the octets that U+FFFE and U+FFFF begin with.

    A third of what the look at each character costs; most text has no octet that they begin with at all.
    """
    return (b"\xef" in data and b"\xef\xbf" in data) or data.translate(_WITHOUT_CONTROLS) != data


def refuse_binary(head: bytes, path: str) -> None:
    """Look at the first HEAD_BYTES of a file. Raises Rejected where they hold a NUL and no byte order mark explains it.

    The code is binary-file, or encoding-invalid where the NULs are those of UTF-16 without a mark.
    """
    if b"\0" not in head or head.startswith(tuple(mark for mark, _ in _MARKS[1:])):
        return
    for codec in ("utf-16-le", "utf-16-be"):
        if _reads_as(head, codec) and any(space.encode(codec) in head for space in "\n "):
            hint = f"looks like {codec[:6]} without a byte order mark; iconv -f {codec.replace('-', '', 1)} -t utf-8"
            raise Rejected(Problem(path, 1, 1, "error", "encoding-invalid", "the file is not UTF-8", hint))
    message = f"byte {head.index(0)} is NUL: this is not a text file"
    raise Rejected(Problem(path, 0, 0, "error", "binary-file", message, "remove it or give it another extension"))


def _codec(data: bytes, encoding: str) -> tuple[int, str]:
    """Length of the byte order mark and the codec to read with."""
    if data.startswith(_ANY_MARK):
        return next((len(mark), codec) for mark, codec in _MARKS if data.startswith(mark))
    return 0, _codec_name(encoding)


@lru_cache(maxsize=16)
def _codec_name(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise SettingsError(f"source.encoding: there is no encoding {encoding!r}") from None


def _invalid(data: bytes, path: str, codec: str, offset: int) -> Problem:
    """The problem of the byte at ``offset`` that the codec cannot read; lines end at LF, CR or both."""
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode(codec, "replace")) + 1
    message = f"byte 0x{data[offset]:02X} at offset {offset} is not {codec.upper()}"
    return Problem(path, before.count(b"\n") + 1, column, "error", "encoding-invalid", message, _guess(data, codec))


def _guess(data: bytes, codec: str) -> str:
    """A hint at the encoding a file seems to have."""
    from charset_normalizer import from_bytes  # 50 ms to import, for files that are broken

    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if not damaged:
        return f'the file is UTF-8; set encoding = "utf-8" instead of {codec}'
    if damaged * 20 < sum(character > "\x7f" for character in text):
        return f"the rest looks like UTF-8; retype what stands there ({damaged} such places)"
    sample = data[:_SAMPLE_BYTES]
    if len(data) > _SAMPLE_BYTES and b"\n" in sample:
        sample = sample[: sample.rindex(b"\n")]
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None or best.encoding not in _CANDIDATES or not _reads_as(data, best.encoding):
        return "save the file as UTF-8"
    name = best.encoding.replace("_", "-")
    return f'looks like {name}; iconv -f {name} -t utf-8, or set encoding = "{name}"'


def _reads_as(data: bytes, codec: str) -> bool:
    """Whether bytes are text in a codec: no error, no control characters. Half a character at the end is forgiven."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeDecodeError:
        return False
    return bool(text) and not _CONTROLS.search(text)


def _illegal(text: str, path: str, index: int) -> Problem:
    count = len(XML_ILLEGAL.findall(text))
    others = f" and {count - 1} more" if count > 1 else ""
    message = f"U+{ord(text[index]):04X}{others}: characters that XML forbids are left out"
    return Problem(path, *position_of(text, index), "warning", "control-characters", message, "remove them")
