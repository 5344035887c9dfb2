"""Who each project is built for: a company of the directory, named in the projects' custom field "Customer"."""

from __future__ import annotations

from sandbox.datasets.model import Contractor

LABEL = "Customer"
NO_CUSTOMER = "25-008"
"""The project in which nobody filled the field."""


def customers(contractor: Contractor) -> dict[str, str]:
    """The key of each project's owner, by the project's number; the owners of the directory take turns."""
    owners = [company.key for company in contractor.companies if company.kind == "owner"]
    turns = {project.number: owners[place % len(owners)] for place, project in enumerate(contractor.projects)}
    return {number: key for number, key in turns.items() if number != NO_CUSTOMER}
