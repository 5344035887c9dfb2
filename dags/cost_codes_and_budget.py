"""Cost codes and budget: the codes on which all money is booked.

An Airflow DAG for each integration that has this stage. Its flows:

* `cost_codes`: each standard cost code with a cost type that a project uses becomes an item
* `items`: items that somebody asked for become Procore standard cost codes
* `cost_code_accounts`: cost codes are linked with accounts, several with one, where the integration maps them so
* `cost_code_classes`: cost codes become classes, where the integration maps them so
* `cost_types`, `locations`: cost types become classes and departments locations, if somebody sends them
* `tax_codes`: tax codes are linked, where tax is carried
* with PEX, `cost_codes` and `cost_types` become options of its tags
* `cost_code_rules`: where one PEX tag depends on another, which cost codes each project has
"""

from jobledger.stages import stage_dags

stage_dags(
    "cost_codes_and_budget",
    flows=[
        "cost_codes",
        "items",
        "cost_code_accounts",
        "cost_code_classes",
        "cost_types",
        "tax_codes",
        "locations",
        "cost_code_rules",
    ],
    doc=__doc__,
)
