"""The system browser of a native application, as `webbrowser` starts it by the variable BROWSER:  python browser.py URL

ISSUER and DATA_FOLDER are in the environment. The citizen's cookies are kept between two starts, as a browser keeps them.
"""

import os
import pickle
import sys
from pathlib import Path

import requests

from citizen import Citizen

HOME = "http://127.0.0.1:"


def main():
    issuer, data = os.environ["ISSUER"], Path(os.environ["DATA_FOLDER"])
    people = [p for p in requests.get(f"{issuer}/demo/people.json", timeout=30).json() if p["kind"] == "account"]
    citizen = Citizen(people[0], data / "outbox.jsonl")
    jar = data / "browser-cookies"
    if jar.exists():
        citizen.http.cookies.update(pickle.loads(jar.read_bytes()))
    back = citizen.walk(sys.argv[1], HOME)
    jar.write_bytes(pickle.dumps(citizen.http.cookies))
    requests.get(back, timeout=30).raise_for_status()


if __name__ == "__main__":
    main()
