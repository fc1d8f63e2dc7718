"""What a browser does with the pages, without one: reads them, follows links, sends forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

_VOID = {"input", "meta", "link", "br"}


@dataclass
class Form:
    """A form of a page: where it goes, its hidden fields, its buttons by what they say."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """A page: its text, marked letters, links by their words, forms, title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marks: list[str] = []
        self.links: dict[str, str] = {}
        self.addresses: list[str] = []
        self.forms: list[Form] = []
        self.title = self.heading = self.status = ""
        self.labelled: set[str] = set()
        self.ids: set[str] = set()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._texts: list[list[str]] = []
        self.feed(html)
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: value or "" for name, value in attrs}
        self.ids.add(stated.get("id", ""))
        self.labelled.add(stated.get("for", ""))
        if tag == "form":
            self.forms.append(Form(stated["action"]))
        if tag == "input" and "name" in stated:
            self.forms[-1].fields.append((stated["name"], stated["value"]))
        if tag not in _VOID:
            self._open.append((tag, stated))
            self._texts.append([])

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        for text in self._texts:
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        opened, stated = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        words = " ".join("".join(self._texts.pop()).split())
        if tag == "mark":
            self.marks.append(words)
        elif tag == "a":
            self.links[words] = stated["href"]
            self.addresses.append(stated["href"])
        elif tag == "title":
            self.title = words
        elif tag == "h1":
            self.heading = words
        elif tag == "button" and stated.get("type") != "button":
            self.forms[-1].buttons[words] = (stated.get("name", ""), stated.get("value", ""))
        if stated.get("role") == "status":
            self.status = words

    def form(self, button: str) -> tuple[Form, tuple[str, str]]:
        """Return the first form with a button of these first words, and what it sends."""
        for form in self.forms:
            for words, sent in form.buttons.items():
                if words.startswith(button):
                    return form, sent
        message = f"no button {button!r} among {[list(form.buttons) for form in self.forms]}"
        raise LookupError(message)


@dataclass
class Visitor:
    """A browser that opened the pages."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)
    status: int = 0
    at: str = ""

    def open(self, path: str) -> Page:
        return self._page(self.session.get(self.base + path, timeout=20))

    def press(self, page: Page, button: str, **fields: str) -> Page:
        """Press the first button whose words begin so, with text typed into fields."""
        form, (name, value) = page.form(button)
        sent = [*form.fields, *fields.items(), *([(name, value)] if name else [])]
        answer = self.session.post(self.base + form.action, data=sent, timeout=60)
        return self._page(answer)

    def _page(self, answer: requests.Response) -> Page:
        self.status, self.at = answer.status_code, answer.url.removeprefix(self.base)
        return Page(answer.text)
