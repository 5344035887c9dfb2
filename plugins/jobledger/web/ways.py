"""Where a page leads from a record: to what settles it, and to the record in its own product."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from airflow.models.connection import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from jobledger.integration import Integration

ADDRESSES: Mapping[str, str] = {
    "procore.projects": "https://app.procore.com/{id}/project/home",
    "quickbooks_online.purchase_orders": "https://app.qbo.intuit.com/app/purchaseorder?txnId={id}",
    "quickbooks_online.bills": "https://app.qbo.intuit.com/app/bill?txnId={id}",
    "quickbooks_online.sub_customers": "https://app.qbo.intuit.com/app/customerdetail?nameId={id}",
    "xero.contacts": "https://go.xero.com/Contacts/View/{id}",
    "xero.purchase_orders": "https://go.xero.com/Accounts/Payable/PurchaseOrders/View/{id}",
    "xero.bills": "https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={id}",
}
"""Entity -> the web address of one record. Of Procore's other records the project is what can be led to."""

COMMITMENT = "https://app.procore.com/{project}/project/commitments/{kind}/{id}"
COMMITMENTS: Mapping[str, str] = {"subcontract": "work_order_contracts", "purchase_order": "purchase_order_contracts"}
"""Kind of commitment -> where its page is (Procore: side panel views of the Commitments tool)."""

IN_PROJECT = "https://app.procore.com/{project}/project/home"
_VENDORS = re.compile(r"(^$|\.procore\.com|\.xero\.com|\.intuit\.com)")
_LINKS = re.compile(r"`airflow jobledger links (link|relink|unlink) \S+ (\S+) (\S+)(?: (\S+))?`")
_APPROVALS = re.compile(r"`airflow jobledger approvals \w+ \S+ (\S+) (\S+)`")
_COMMAND = re.compile(r"`airflow jobledger (links \w+|approvals \w+|release|run)[^`]*`")
_AFTER_WORDS = re.compile(r": `airflow jobledger [^`]*`")
"""A command that comes after what it does, in words."""

_WORDS: Mapping[str, str] = {
    "links link": "link it",
    "links relink": "choose the one that stays",
    "links unlink": "take the link away",
    "links dismiss": "say so",
    "approvals accept": "accept it",
    "approvals send": "send it",
    "approvals resend": "send it again",
}
_PARENT = re.compile(r"refers to ([a-z ]+) '(.+?)', not linked yet")
_SETTING = re.compile(r"\b[Ss]et `?[a-z_]+\.[a-z_]+")
_UNKNOWN = "ID"
"""What a remedy says for an id that only a person knows."""


def way_out(remedy: str, reason: str = "") -> tuple[str, str] | None:
    """What settles a record, by its remedy and reason: a button's words, and the page below the integration's.

    None where no page does.

    >>> way_out("If it is, `airflow jobledger links link acme companies 7 x9`; if not, …")
    ('Link…', 'links/companies/choose?side=procore&id=7')
    """
    if found := _LINKS.search(remedy):
        verb, kind, first, second = found.groups()
        if verb == "unlink":
            return "Find its link", f"links/{kind}?{urlencode({'tab': 'linked', 'sought': first})}"
        from_procore = first != _UNKNOWN
        asked = {"side": "procore" if from_procore else "accounting", "id": first if from_procore else second or ""}
        return "Link…", f"links/{kind}/choose?{urlencode(asked | ({'instead': 'true'} if verb == 'relink' else {}))}"
    if found := _APPROVALS.search(remedy):
        return "Decide", f"approvals/{found[1]}/{quote(found[2])}"
    if found := _PARENT.search(reason):
        kind = found[1].replace(" ", "_")
        return "Find it", f"links/{kind}?{urlencode({'tab': 'procore', 'sought': found[2]})}"
    return ("Settings", "settings") if _SETTING.search(remedy) else None


def in_words(remedy: str) -> str:
    """A remedy for a page: what a shell's commands would do, said in words.

    >>> in_words("If it is, `airflow jobledger links link acme companies 7 x9`.")
    'If it is, link it.'
    """
    said = _COMMAND.sub(lambda found: _WORDS.get(found[1], found[0]), _AFTER_WORDS.sub("", remedy))
    return said[:1].upper() + said[1:]


def address(paired: Integration, entity: str, record_id: str, about: Mapping[str, str]) -> str | None:
    """The web address of a record in its product, or of its project; None where there is none, as for a sandbox.

    `about` is what the catalog knows of the record in Procore: its `project`, and a commitment's `type`.
    """
    project, kind = about.get("project", ""), COMMITMENTS.get(about.get("type", ""), "")
    template = ADDRESSES.get(entity, IN_PROJECT if entity.startswith("procore.") and project else "")
    if entity == "procore.commitments" and project and kind:
        template = COMMITMENT
    if not template or not _is_vendors(paired, entity):
        return None
    return template.format(id=quote(record_id.partition("/")[0]), project=quote(project), kind=kind)


def _is_vendors(paired: Integration, entity: str) -> bool:
    name = paired.procore.connection if entity.startswith("procore.") else paired.accounting.connection
    try:
        return bool(_VENDORS.search(Connection.get_connection_from_secrets(name).host or ""))
    except AirflowNotFoundException:
        return False
