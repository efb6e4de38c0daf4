"""Signs in at the demo's kiosk with a telephone that is a second browser (RFC 8628).

    python kiosk.py ISSUER DATA_FOLDER HEALTH_SERVICE
"""

import re
import sys
import time
from pathlib import Path
from urllib.parse import urljoin

import requests

from citizen import Citizen, Forms


class Telephone(Citizen):
    """Opens what the kiosk's QR holds, and goes through the window's pages to their end."""

    def allows(self, address):
        seen = len(self._messages())
        answer = self._get(address)
        for _ in range(20):
            if answer.status_code in (302, 303):
                answer = self._get(urljoin(answer.url, answer.headers["location"]))
                continue
            assert answer.status_code == 200, f"{answer.url}: {answer.status_code}\n{answer.text}"
            same = [(f, b) for f in Forms(answer.text).forms for b in f["buttons"] if b.get("id") == "device-mine"]
            if same:
                answer = self._presses(answer, *same[0])
            elif answer.url.endswith("/device/allowed"):
                return
            else:
                answer = self._fill(answer, seen)
        raise AssertionError(f"the pages never end: {answer.url}")

    def _presses(self, answer, form, button):
        values = {name: field.get("value", "") for name, field in form["fields"].items()}
        values[button["name"]] = button["value"]
        return self.http.post(urljoin(answer.url, form["action"]), data=values, allow_redirects=False, timeout=30)


def main(issuer, data, service):
    people = [p for p in requests.get(f"{issuer}/demo/people.json", timeout=30).json() if p["kind"] == "account"]
    telephone = Telephone(people[0], Path(data) / "outbox.jsonl")
    kiosk = requests.Session()
    kiosk.get(f"{service}/?lang=en", timeout=30)
    page = kiosk.post(f"{service}/kiosk", timeout=30).text
    assert "<svg" in page and 'http-equiv="refresh"' not in page, page
    code = re.search(r'id="user-code">([^<]+)<', page).group(1)
    telephone.allows(f"{issuer}/device?user_code={code}")
    for _ in range(120):
        page = kiosk.get(f"{service}/kiosk", timeout=30).text
        if 'id="person-name"' in page:
            break
        assert code in page, page
        time.sleep(0.25)
    else:
        raise AssertionError("the kiosk does not learn that somebody decided")
    assert code not in page
    page = kiosk.post(f"{service}/kiosk/finish", timeout=30).text
    assert 'id="kiosk-start"' in page and 'id="person-name"' not in page, page


if __name__ == "__main__":
    main(*sys.argv[1:])
