import time
import pytest
from airflow.dag_processing.dagbag import DagBag
from tests.airflow.company import DAGS, company
from datetime import datetime, UTC

def test_x(tmp_path, monkeypatch, airflow_db):
    with company(tmp_path, monkeypatch) as c:
        t=time.time()
        bag=DagBag(dag_folder=DAGS)
        dag=bag.dags["acme.vendors_and_projects"]
        for i in range(3):
            t=time.time()
            before = c.writes()
            run=dag.test(logical_date=datetime(2026,11,21,tzinfo=UTC), run_conf={"mode":"apply"})
            print("RUN", run.state, time.time()-t, run.run_id, c.writes()-before)
            for ti in run.get_task_instances(): print(ti.task_id, ti.state, ti.try_number)
        from airflow.models.asset import AssetEvent
        from airflow.utils.session import create_session
        with create_session() as s:
            for e in s.query(AssetEvent): print(e, e.extra, e.asset, e.source_dag_id)
        print([x["Name"] for x in c.records("xero.contacts")])
        from jobledger import platform
        from jobledger.store import history
        from jobledger.store.engine import reading
        with reading(platform.engine()) as k:
            for r in history.runs(k, platform.integration("acme").pair, 100): print(r.flow, r.run_id, r.state, r.counts)
