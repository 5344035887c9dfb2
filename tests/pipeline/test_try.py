from tests.pipeline.pex_desk import *
from jobledger.store import links
from jobledger.store.engine import writing
def test_try(cards):
    d=cards
    d.tonight("projects","cost_types")
    p=d.buy()
    q=d.buy("20.00", MerchantName="Lowes")
    d.buy("-50", Split=[{"Projects": str(d.project), "Cost codes": str(d.walls["id"]), "Cost types": str(d.types["M"]), "Amount":"30"},{"Projects": str(d.depot), "Cost codes": str(d.walls["id"]), "Cost types": str(d.types["M"]), "Amount":"20"}]) if False else None
    d.buy("-9.99", Tags={}, MerchantName="No tags")
    d.buy("-8.88", MetadataApprovalStatus="NotReviewed", MerchantName="Unreviewed")
    d.buy("-7.77", Notes=["Synced transaction #12 to Procore on 2026-02-28"], MerchantName="Theirs")
    d.receipt(p); d.receipt(p, PDF)
    from jobledger.settings import Fallbacks
    d.night.set(fallbacks={"procore_bill_code": "03-300.S"})
    print(d.tonight("purchases"), d.night.told("purchases"), d.costs())
    print(d.tonight("purchase_receipts"), d.night.told("purchase_receipts"), d.files())
    n=d.night.writes()
    d.stage.sandbox.log.clear()
    print(d.tonight("purchases","purchase_receipts"), d.night.writes()-n)
    print([ (r.method, r.path, r.query[:50], r.status) for r in d.stage.requests("pex")])
    print([ (r.method, r.path, r.query[:50], r.status) for r in d.stage.requests("procore")])
    print(d.night.history("purchases")[0])
