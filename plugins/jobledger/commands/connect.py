"""`airflow jobledger connect` and `disconnect`: an app is connected to the books by consent, or no longer."""

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
    """Takes a consent back at the vendor and forgets its tokens."""
    consent = platform.consent(args.connection)
    known = consent.withdraw()
    title, name = consent.vendor.title, args.connection
    say(f"{title} holds the app no longer connected." if known else f"{title} did not know the consent any more.")
    say(f"The tokens of '{name}' are forgotten. Connect it again with `airflow jobledger connect {name}`.")


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
    using = [
        one for one in platform.integrations() if isinstance(one, Integration) and one.accounting.connection == name
    ]
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
