"""A citizen without a browser: plain HTTP requests and the forms that come back."""

import json
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests


class Forms(HTMLParser):
    """The forms of a page: where they go, and their fields; and its links by id."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.links = {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            place = {"action": attributes.get("action", ""), "method": attributes.get("method"), "id": attributes.get("id")}
            self.forms.append({**place, "fields": {}, "buttons": []})
        elif tag == "a" and attributes.get("id"):
            self.links[attributes["id"]] = attributes.get("href", "")
        elif tag == "input" and self.forms and attributes.get("name"):
            self.forms[-1]["fields"][attributes["name"]] = attributes
        elif tag == "button" and self.forms:
            self.forms[-1]["buttons"].append(attributes)


class Citizen:
    """One person with one cookie jar."""

    def __init__(self, person, outbox):
        self.person = person
        self.outbox = Path(outbox)
        self.http = requests.Session()
        self.pages_seen = 0

    def _messages(self):
        lines = self.outbox.read_text(encoding="utf-8").splitlines() if self.outbox.exists() else []
        return [m for m in map(json.loads, lines) if m["to"] == self.person["mobile"] and m["code"]]

    def _code(self, seen):
        for _ in range(100):
            messages = self._messages()
            if len(messages) > seen:
                return messages[-1]["code"]
            time.sleep(0.05)
        raise AssertionError("no text message with a code came within 5 s")

    def walk(self, url, home):
        """Opens `url` and does what each page asks until the browser is sent to `home`; gives that address back."""
        seen = len(self._messages())
        answer = self._get(url)
        for _ in range(20):
            if answer.status_code in (302, 303):
                place = urljoin(answer.url, answer.headers["location"])
                if place.startswith(home):
                    return place
                answer = self._get(place)
                continue
            assert answer.status_code == 200, f"{answer.url}: {answer.status_code}\n{answer.text}"
            self.pages_seen += 1
            sent_home = self._posted_home(answer, home) or self._linked_home(answer, home)
            if sent_home:
                return sent_home
            answer = self._fill(answer, seen)
        raise AssertionError(f"the pages never end: {answer.url}")

    def visit(self, url, home):
        """Opens an address of the application at `home` and does what the window asks, until the application shows a page."""
        answer = self._get(url)
        for _ in range(20):
            if answer.status_code not in (301, 302, 303, 307):
                assert answer.status_code == 200, f"{answer.url}: {answer.status_code}\n{answer.text}"
                return answer
            place = urljoin(answer.url, answer.headers["location"])
            answer = self._get(place if place.startswith(home) else self.walk(place, home))
        raise AssertionError(f"the application never shows a page: {answer.url}")

    def _get(self, url):
        return self.http.get(url, allow_redirects=False, timeout=30)

    def _posted_home(self, answer, home):
        """`response_mode=form_post`: the page's form goes to the client."""
        for form in Forms(answer.text).forms:
            if form["action"].startswith(home):
                return {name: field.get("value", "") for name, field in form["fields"].items()}
        return None

    @staticmethod
    def _linked_home(answer, home):
        """The signed-out page waits for its frames; what leads on from it is a link."""
        link = Forms(answer.text).links.get("back", "")
        return link if link.startswith(home) else None

    def _fill(self, answer, seen):
        for form in Forms(answer.text).forms:
            values = {name: field.get("value", "") for name, field in form["fields"].items() if field.get("type") == "hidden"}
            tokens = {name: field.get("autocomplete", "") for name, field in form["fields"].items()}
            by_token = {token: name for name, token in tokens.items()}
            if "current-password" in by_token:
                values[by_token["username webauthn"]] = self.person["national_id"]
                values[by_token["current-password"]] = self.person["password"]
            elif "one-time-code" in by_token:
                values[by_token["one-time-code"]] = self._code(seen)
            elif form["buttons"] and form["buttons"][0].get("value") in ("allow", "session"):
                values[form["buttons"][0]["name"]] = form["buttons"][0]["value"]
            else:
                continue
            return self.http.post(urljoin(answer.url, form["action"]), data=values, allow_redirects=False, timeout=30)
        raise AssertionError(f"no form that we know on {urlsplit(answer.url).path}:\n{answer.text}")
