"""Bytes to text: which encoding a page is in, whatever its headers claim.

The WHATWG order (mark, HTTP, <meta>, guess) presumes honest labels. Servers lie: `charset=utf-8`
over GBK, `iso-8859-1` over anything. So a label is believed only if the bytes decode under it.
Must not know HTML beyond its <meta>, nor where bytes came from.
"""

import codecs
import re

_SINGLE_BYTE_DEFAULTS = frozenset({"windows-1252", "ISO-8859-1"})
_DAMAGE = 0.02  # replaced characters per non-ASCII character that a believed label may cost
_HEAD = 8192  # bytes searched for a <meta>; the standard says 1024, real pages put scripts first
_SAMPLE = 200_000  # bytes the guesser reads: more changes nothing and costs time
_UNDEFINED = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d\u00ad\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
_MISTAKEN = {0x0C: "\n"} | {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in _UNDEFINED
}  # control characters that are windows-1252 punctuation in disguise, as browsers read them


def decode(body: bytes, charset: str | None = None, *, html: bool = False) -> str:
    """The text of body; charset is what HTTP said, html lets a <meta> speak. Never raises.

    Order: byte-order mark, valid UTF-8, then the first of HTTP label, <meta> and frequency guess
    under which the bytes decode; where none fits, the one that damages least. Single-byte Western
    labels come last: they decode anything, and servers send them by default. Line ends become
    newlines. Decoders are those of the WHATWG Encoding Standard (turbohtml).
    """
    if not body:
        return ""
    text = _marked(body)
    if text is None:
        text = _valid_utf8(body)
    if text is None:
        text = _least_damaged(body, _labels(body, charset, html))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def clean(text: str) -> str:
    """text without control characters, invisible marks, bidirectional overrides and surrogates."""
    return _UNWANTED.sub("", text.translate(_MISTAKEN))


def charset_of(media_type: str) -> str | None:
    """The charset parameter of a Content-Type, or None."""
    match = re.search(r"""charset\s*=\s*["']?([^\s"';]+)""", media_type, re.IGNORECASE)
    return match[1] if match else None


def _marked(body: bytes) -> str | None:
    marks = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )
    for mark, codec in marks:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    return None


def _valid_utf8(body: bytes) -> str | None:
    if b"\x1b" in body or body.count(0) > len(body) // 8:  # ISO-2022 and UTF-16 are ASCII bytes too
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _labels(body: bytes, charset: str | None, html: bool) -> list[str]:
    told = [_canonical(charset)] if charset else []
    if html:
        told.append(_declared(body[:_HEAD]))
    told.append(_unmarked_utf16(body))
    told.append("UTF-8")  # not quite valid, or it would have been taken: a few broken bytes
    told.append(_guess(body[:_SAMPLE]))
    known = [label for label in told if label]
    return sorted(dict.fromkeys(known), key=_SINGLE_BYTE_DEFAULTS.__contains__)


def _canonical(label: str) -> str | None:
    import turbohtml

    try:
        return turbohtml.parse(b"", encoding=label).encoding
    except LookupError:
        return None


def _declared(head: bytes) -> str | None:
    import turbohtml

    parsed = turbohtml.parse(head)
    return parsed.encoding if parsed.encoding_confidence == "certain" else None


def _unmarked_utf16(body: bytes) -> str | None:
    sample = body[:_HEAD]
    if sample.count(0) <= len(sample) // 8:
        return None
    return "UTF-16LE" if sample[1::2].count(0) > sample[::2].count(0) else "UTF-16BE"


def _guess(sample: bytes) -> str | None:
    from turbohtml.detect import detect

    return detect(re.sub(rb"<meta[^>]*>", b"", sample, flags=re.IGNORECASE)).encoding


def _least_damaged(body: bytes, labels: list[str]) -> str:
    best, least = "", float("inf")
    for label in labels:
        text = body.decode(_codec(label), "replace")
        damage = _damage(text)
        if damage <= _DAMAGE:
            return text
        if damage < least:
            best, least = text, damage
    return best


def _codec(label: str) -> str:
    import turbohtml.detect  # registers the whatwg-* decoders

    name = f"whatwg-{label.lower()}"
    assert turbohtml.detect is not None
    return name


def _damage(text: str) -> float:
    """Replaced characters, and escapes left undecoded, for every character beyond ASCII."""
    foreign = sum(not character.isascii() for character in text)
    return (text.count("\ufffd") + text.count("\x1b")) / max(1, foreign)
