"""Whether a company is a vendor or a customer of QuickBooks stands in its link, and only a person changes that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from jobledger.commands import links
from tests.commands.office import Office
from tests.pipeline.quickbooks_night import STAGE_1, QuickBooksNight, quickbooks_nights


@pytest.fixture
def night(database: Engine, tmp_path: Path) -> Iterator[QuickBooksNight]:
    yield from quickbooks_nights(database, tmp_path)


@pytest.mark.feature("XER-96")
def test_a_vendor_stays_a_vendor_until_a_person_leads_the_link_elsewhere(
    office: Office, night: QuickBooksNight
) -> None:
    acme = night.company("Acme")
    night.run(*STAGE_1)
    [vendor] = night.held("vendors")
    here = {str(acme["id"]): f"vendor-{vendor['Id']}"}
    assert night.links("companies") == here
    assert f"companies,{acme['id']},vendor-{vendor['Id']},jobledger" in office.do(links.show, kind="companies")

    [field] = night.stage.seed("procore", "custom_field_definitions", {"label": "Customer", "data_type": "vendor"})
    customer = night.put("customers", DisplayName="Acme (customer)")
    night.project("Tower", **{f"custom_field_{field['id']}": acme["id"]})
    night.later(days=1)
    assert night.run(*STAGE_1)["projects"] == {"blocked": 1}
    assert "'Acme' is linked with a vendor, and ParentRef needs a customer" in night.told("projects")["Tower"]
    both = {"kind": "companies", "procore_id": str(acme["id"]), "accounting_id": f"customer-{customer['Id']}"}
    assert f"is linked with vendor-{vendor['Id']} already" in office.fails(links.link, **both)
    assert night.links("companies") == here

    office.do(links.relink, **both)
    night.later(days=1)
    assert night.run(*STAGE_1)["projects"] == {"created": 1}
    assert night.links("companies") == {str(acme["id"]): f"customer-{customer['Id']}"}
    assert night.names("vendors") == ["Acme"]
