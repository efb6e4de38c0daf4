"""Signs in to an application that docs/connect describes, and out again.

    python visit.py ISSUER DATA_FOLDER APPLICATION START_PAGE [--button ACTION] [--refresh PAGE HOOK] [--told]

The pages of docs/connect have this in common: the start page sends an unknown visitor to the window, some by a form that goes to ACTION; a
known person sees their national ID, whether they are an adult, and the level of their sign-in, and signs out by what has the id `sign-out`.
"""

import argparse
import re
import time
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from citizen import Citizen, Forms

LEVEL = "urn:panjereh:acr:substantial"


class Visit:
    """One citizen at one application."""

    def __init__(self, options):
        self.issuer, self.application = options.issuer, options.application
        self.home = f"{self.application}/"
        self.start = self.application + options.start
        self.button = options.button
        people = [p for p in requests.get(f"{self.issuer}/demo/people.json", timeout=30).json() if p["kind"] == "account"]
        self.citizen = Citizen(people[0], Path(options.data) / "outbox.jsonl")

    def open(self):
        page = self.citizen.visit(self.start, self.home)
        begin = next((form for form in Forms(page.text).forms if self.button and form["action"].endswith(self.button)), None)
        return self._send(page, begin) if begin else page

    def knows(self, page):
        return self.citizen.person["national_id"] in page.text

    def signs_in(self):
        page = self.open()
        assert self.knows(page) and LEVEL in page.text, page.text
        assert re.search(r"adult: (true|1)\b", page.text, re.I), page.text
        assert self.citizen.pages_seen > 0, "the first sign-in shows pages"

    def is_remembered(self):
        seen = self.citizen.pages_seen
        assert self.knows(self.open()) and self.citizen.pages_seen == seen

    def signs_out(self):
        after = self._leave(self.open())
        assert after.url.startswith(self.home) and not self.knows(after), after.text
        seen = self.citizen.pages_seen
        self.open()
        assert self.citizen.pages_seen > seen, "after signing out the window asks again"

    def _leave(self, page):
        """Follows the link or sends the form, and confirms at the window."""
        found = Forms(page.text)
        if "sign-out" in found.links:
            return self.citizen.visit(urljoin(page.url, found.links["sign-out"]), self.home)
        return self._send(page, next(form for form in found.forms if form["id"] == "sign-out"))

    def _send(self, page, form):
        """Sends a form of the application and does what the window asks, until the application shows a page."""
        values = {name: field.get("value", "") for name, field in form["fields"].items()}
        place = urljoin(page.url, form["action"])
        answer = self.citizen.http.post(place, data=values, headers={"referer": page.url}, allow_redirects=False, timeout=30)
        assert answer.status_code in (302, 303), f"{answer.status_code}\n{answer.text}"
        onward = urljoin(place, answer.headers["location"])
        return self.citizen.visit(self.citizen.walk(onward, self.home), self.home)

    def gets_a_fresh_token(self, page, hook):
        page = self.application + page
        old = self.citizen.visit(page, self.home).text.strip()
        query = urlencode({"refresh": page, "access_token": old})
        answer = self.citizen.visit(f"{self.application}{hook}?{query}", self.home)
        assert not urlsplit(answer.url).query, answer.url
        assert answer.text.strip() != old

    def is_signed_out_when_the_window_says_so(self):
        assert self.knows(self.open())
        end_session = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=30).json()["end_session_endpoint"]
        question = self.citizen.http.get(end_session, timeout=30)
        form = next(form for form in Forms(question.text).forms if form["buttons"])
        values = {name: field.get("value", "") for name, field in form["fields"].items()} | {"scope": "session"}
        self.citizen.http.post(urljoin(question.url, form["action"]), data=values, timeout=30).raise_for_status()
        for _ in range(100):
            if self.citizen.http.get(self.start, allow_redirects=False, timeout=30).status_code == 302:
                return
            time.sleep(0.05)
        raise AssertionError("5 s after signing out at the window the application still knows the citizen")


def main():
    arguments = argparse.ArgumentParser()
    for name in ("issuer", "data", "application", "start"):
        arguments.add_argument(name)
    arguments.add_argument("--button")
    arguments.add_argument("--refresh", nargs=2)
    arguments.add_argument("--told", action="store_true")
    options = arguments.parse_args()
    visit = Visit(options)
    steps = [visit.signs_in, visit.is_remembered]
    if options.told:
        steps += [visit.is_signed_out_when_the_window_says_so, visit.open]
    steps += [visit.signs_out]
    for step in steps:
        step()
        print(f"ok      {step.__name__}")
    if options.refresh:
        visit.gets_a_fresh_token(*options.refresh)
        print("ok      gets_a_fresh_token")


if __name__ == "__main__":
    main()
