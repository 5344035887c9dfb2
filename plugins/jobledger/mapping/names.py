"""Company and project names made comparable, and the small pieces of evidence that two records are the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from cleanco import termdata

_COUNTRIES = ("United States of America", "Canada", "United Kingdom", "Ireland", "Australia", "New Zealand", "Germany")
_OWN_FORMS = ("pllc", "lllp", "pc", "pty", "dba", "jv", "joint venture", "a joint venture", "professional corporation")
_SPELLINGS = {
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "limited": "ltd",
    "joint venture": "jv",
    "a joint venture": "jv",
    "professional corporation": "pc",
}
_FREE_MAIL = """
gmail.com googlemail.com yahoo.com ymail.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com mac.com
comcast.net att.net verizon.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net protonmail.com proton.me
gmx.com mail.com zoho.com bigpond.com shaw.ca rogers.com
"""
_ROMAN = re.compile(r"[ivx]+")
_APOSTROPHES = re.compile(r"(?<=\w)['`](?=\w)")
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_WORD = re.compile(r"[a-z0-9]+")


class CompanyName(NamedTuple):
    """A name in comparable form: its words, and what was taken off: the legal form and words in brackets, or empty."""

    words: tuple[str, ...]
    form: str
    addition: str = ""

    @property
    def text(self) -> str:
        """The words with spaces between."""
        return " ".join(self.words)


def company(name: str) -> CompanyName:
    """A company's name without case, accents, punctuation, a leading "The" and its legal form; "&" is "and".

    >>> company("The Peña & Sons Concrete Co., L.L.C.").text
    'pena and sons concrete'
    >>> company("J.B. O'Brien (Denver), Inc.")
    CompanyName(words=('jb', 'obrien'), form='inc', addition='denver')
    """
    words = _words(_BRACKETS.sub(" ", name)) or _words(name)
    rest = words[1:] if len(words) > 1 and words[0] == "the" else words
    kept, form = _without_form(rest)
    return CompanyName(kept, form, " ".join(_words(" ".join(_BRACKETS.findall(name)))))


def plain(name: str) -> str:
    """A name without case, accents and punctuation; "&" is "and".

    >>> plain("Riverside Tower – Phase #2")
    'riverside tower phase 2'
    """
    return " ".join(_words(name))


def phone_key(number: str | None) -> str:
    """The digits that make two telephone numbers the same: without extension, without a North American 1.

    >>> phone_key("+1 (303) 555-0142 x14"), phone_key("n/a")
    ('3035550142', '')
    """
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:x|ext)\.?\s*\d", anyascii(number or ""))[0])
    digits = digits.removeprefix("1") if len(digits) == 11 else digits
    return digits if len(digits) >= 7 and len(set(digits)) > 1 else ""


def mail_domain(address: str | None) -> str:
    """The domain of an e-mail address, unless it belongs to a provider that anyone may use.

    >>> mail_domain("Office@Acme.com"), mail_domain("acme@gmail.com")
    ('acme.com', '')
    """
    domain = (address or "").strip().lower().rpartition("@")[2]
    return domain if "." in domain and domain not in _FREE_MAIL.split() else ""


def postcode_key(postcode: str | None) -> str:
    """A postcode without spaces and case; a ZIP code without its last four digits.

    >>> postcode_key("80202-1234"), postcode_key("k1a 0b1")
    ('80202', 'K1A0B1')
    """
    key = re.sub(r"\s", "", postcode or "").upper()
    return key[:5] if re.fullmatch(r"\d{5}-?\d{4}", key) else key


def distinguishing(word: str) -> bool:
    """Whether a word such as 2, 2B or III sets two names apart however alike they look.

    >>> distinguishing("2b"), distinguishing("iii"), distinguishing("concrete")
    (True, True, False)
    """
    return len(word) == 1 or any(letter.isdigit() for letter in word) or bool(_ROMAN.fullmatch(word))


def _words(name: str) -> tuple[str, ...]:
    text = anyascii(name).lower().replace("&", " and ").replace("+", " and ")
    return _join_initials(_WORD.findall(_APOSTROPHES.sub("", text)))


def _join_initials(words: list[str]) -> tuple[str, ...]:
    """`j b smith` as `jb smith` and `l l c` as `llc`: initials are the same with and without points and spaces."""
    joined: list[str] = []
    after_initial = False
    for word in words:
        initial = len(word) == 1 and word.isalpha()
        joined[-1:] = [joined[-1] + word] if initial and after_initial else [*joined[-1:], word]
        after_initial = initial
    return tuple(joined)


def _without_form(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words before the legal form and the form that says most; a name that is nothing else stays as it is."""
    forms = []
    while len(words) > 1 and (size := _form_size(words)):
        forms.append(" ".join(words[-size:]))
        words = words[:-size]
    return words, _SPELLINGS.get(forms[0], forms[0]) if forms else ""


def _form_size(words: tuple[str, ...]) -> int:
    sizes = (size for size in (3, 2, 1) if size < len(words) and words[-size:] in _legal_forms())
    return next(sizes, 0)


@lru_cache(maxsize=1)
def _legal_forms() -> frozenset[tuple[str, ...]]:
    """The legal forms of the countries whose companies these are likely to be, as words."""
    known = [form for country in _COUNTRIES for form in termdata.terms_by_country[country]]
    return frozenset(_words(form) for form in (*known, *_OWN_FORMS))
