"""`airflow jobledger connect` and `disconnect`: an app is connected by consent; a connection is used no longer."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.settings import LABELS
from jobledger.store import history, links
from jobledger.store.engine import reading
from jobledger.systems.consent import CALLBACK, Consent, Organisation, Question, receive


@plain_errors
def connect(args: Any) -> None:
    """Asks for consent in a browser, stores what it buys, and says what the connection leads to now."""
    consent = platform.consent(args.connection)
    question = consent.ask(args.redirect or f"http://localhost:{args.port}{CALLBACK}")
    finish = partial(_connected, consent, question)
    if args.paste or args.redirect:
        say(_address(question))
        say(finish(_pasted()))
    else:
        say(receive(args.port, finish, partial(_begin, question, not args.no_browser)))


@plain_errors
def disconnect(args: Any) -> None:
    """Stops all that uses a connection, takes back what the vendor lets us, and says what remains (PEX-36).

    Every DAG of its integrations is paused first, so that none meets a half-disconnected vendor.
    """
    name = args.connection
    platform.hook(name)
    using = [one for one in _integrations() if name in (one.procore.connection, one.accounting.connection)]
    paused = [dag_id for one in using for dag_id in platform.set_paused(platform.all_dag_ids(one), True)]
    say(_stopped(name, using, paused))
    say(platform.disconnect(name))
    for one in using:
        say("\n".join(_remains(one)))
    say(f"Airflow's connection '{name}' is still there, with its credentials: remove it if it is not to be used again.")
    say("To go on, see to it that it works (`airflow jobledger doctor`), and unpause the DAGs.")


def _integrations() -> list[Integration]:
    return [one for one in platform.integrations() if isinstance(one, Integration)]


def _stopped(name: str, using: Sequence[Integration], paused: Sequence[str]) -> str:
    if not using:
        return f"No integration uses '{name}'."
    if not paused:
        return "No DAG had to be paused: Airflow has read none of the integrations that use it."
    return f"Paused: {', '.join(paused)}. A task that is under way ends; no other one starts."


def _remains(paired: Integration) -> Iterator[str]:
    """What stays of an integration that is disconnected: links, open records, history, and all that was written."""
    with reading(platform.engine()) as connection:
        linked = links.counts(connection, paired.pair)
        still_open = sum(history.open_counts(connection, paired.pair).values())
    counted = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in linked.items())
    yield f"What remains of {paired.name} (Procore and {LABELS[paired.accounting.system]}):"
    yield f"  linked records, which stay on both sides: {counted or 'none'}"
    yield f"  open records: {still_open}"
    yield f"  links and history: kept for {paired.retention_years} years (retention_years)"
    yield "  what was written: stays as it is on both sides, nothing is taken back"


def _begin(question: Question, opens: bool) -> None:
    say(_address(question))
    if opens and not webbrowser.open(question.address):
        say("No browser could be opened here: open the address yourself.")


def _address(question: Question) -> str:
    return f"Give your consent at:\n{question.address}\nThe browser is sent back to {question.redirect}."


def _pasted() -> str:
    say("Paste the whole address at which the browser arrived, even where it shows an error:")
    answer = sys.stdin.readline().strip()
    if not answer:
        raise FixTheSetup("the address", "was not pasted.", "Nothing was stored. Start again.")
    return answer


def _connected(consent: Consent, question: Question, answer: str) -> str:
    """Stores what an answer buys; what to tell of it. Raises as `Consent.redeem` and `look` do."""
    told = consent.redeem(question, answer)
    say(f"Both tokens of '{consent.account.name}' are stored, encrypted.")
    found = consent.look(told)
    named = ", ".join(f"{one.name} ({one.tenant_id})" for one in found) or "no organisation: choose one there"
    return "\n".join([f"Connected to {named}.", *_about_integrations(consent, found)])


def _about_integrations(consent: Consent, found: Sequence[Organisation]) -> Iterator[str]:
    """Whether the integrations of the connection name what it leads to."""
    name, known = consent.account.name, {one.tenant_id.lower(): one.name for one in found}
    using = [one for one in _integrations() if one.accounting.connection == name]
    for one in using:
        tenant_id = one.accounting.tenant_id
        if tenant_id in known:
            yield f"The integration {one.name} names {known[tenant_id]}."
        else:
            yield f"The integration {one.name} names {tenant_id}, where this consent does not lead: correct {_TENANT}."
    if not using:
        shown = " or ".join(f'"{one.tenant_id}"' for one in found)
        yield f"No integration uses '{name}' yet. In its file: {_TENANT}: {shown}."


_TENANT = "accounting.tenant_id"
