"""What a step leaves behind as garbage does not grow with the number of records."""

from __future__ import annotations

import gc

from sqlalchemy.engine import Engine

from jobledger.pipeline.garbage import SELDOM, seldom_collected
from jobledger.store import catalog
from jobledger.store.engine import BATCH, reading


@seldom_collected
def garbage_after(engine: Engine, batches: int) -> int:
    """Looks up so many batches of ids that nobody has heard of; how many objects are left that nobody can reach."""
    ids = [f"bill:{number:08}-0000-4000-8000-000000000000" for number in range(BATCH)]
    for _ in range(batches):
        with reading(engine) as connection:
            catalog.known(connection, "1:xero:t", "xero.costs", ids)
    return gc.collect()


def test_statements_do_not_pile_up_with_the_ids_that_they_asked_for(database: Engine) -> None:
    """A statement is garbage of the kind that has to be looked for, and holds a thousand ids."""
    assert garbage_after(database, 200) <= SELDOM[0]
