"""Our mark in Xero's records: `procore-<id>`, as a contact's code or as the fragment of a document's address."""

from __future__ import annotations

MARK_PREFIX = "procore-"
_SOMEWHERE = "https://app.procore.com/"


def mark_in(url: str | None) -> str | None:
    """Our mark in a document's `Url`, or None.

    >>> mark_in("https://app.procore.com/7/project/requisitions/9#procore-9")
    'procore-9'
    """
    fragment = (url or "").rpartition("#")[2]
    return fragment if fragment.startswith(MARK_PREFIX) else None


def without_mark(url: str | None) -> str:
    """The address without our mark; Procore's own where there is none: Xero may read an empty one as "leave it".

    >>> without_mark("https://app.procore.com/7#procore-9")
    'https://app.procore.com/7'
    """
    mark = mark_in(url)
    return (url or _SOMEWHERE).removesuffix(f"#{mark}") if mark else url or _SOMEWHERE


def with_mark(url: str | None, mark: str) -> str:
    """The address that carries a mark and still leads to the same page.

    >>> with_mark("https://app.procore.com/7", "procore-9")
    'https://app.procore.com/7#procore-9'
    """
    return f"{without_mark(url)}#{mark}"
