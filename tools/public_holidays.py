"""Writes the public holidays that the server knows: crates/store/data/holidays.txt.

    python3 -m venv V && V/bin/pip install --require-hashes --requirement tools/public_holidays-requirements.txt
    V/bin/python3 tools/public_holidays.py > crates/store/data/holidays.txt

The dates are those of the Python package `holidays` (MIT), in the pinned version; this script asks it for the nation-wide
public holidays of every country, and for what each of its subdivisions has besides or does not have. It knows no holiday
by itself, and fails rather than speak with another version.
"""

import collections
import pathlib
import re
import sys
import warnings

import holidays

FIRST, LAST = 2024, 2037
YEARS = range(FIRST, LAST + 1)


def days_of(country, subdivision=None):
    """Each day with its name, in English where there is a translation."""
    for language in ("en_US", None):
        try:
            found = holidays.country_holidays(
                country, subdiv=subdivision, years=YEARS, language=language, categories=("public",)
            )
            return {day: name for day, name in found.items() if day.year in YEARS}
        except ValueError:
            continue
    sys.exit(f"{country} has no public holidays that could be asked for")


def lines(title, added, gone):
    """A block of the table: who, then a name a line with its days; what is not observed stands after a minus."""
    by_name = collections.defaultdict(list)
    for day, name in added.items():
        by_name[" ".join(name.replace("|", "/").split())].append(day)
    rows = [row(name, by_name[name]) for name in sorted(by_name)]
    if gone:
        rows.append(row("-", gone))
    return ["", f"[{title}]", *rows] if rows else []


def row(name, days):
    years = collections.defaultdict(set)
    for day in days:
        years[day.strftime("%m-%d")].add(day.year)
    # A day of every year is said once, any other with its year.
    every = sorted(day for day, of in years.items() if len(of) == len(YEARS))
    single = sorted(day.isoformat() for day in days if day.strftime("%m-%d") not in every)
    return f"{name}|{' '.join(every + single)}"


def main():
    pinned = (pathlib.Path(__file__).parent / "public_holidays-requirements.txt").read_text()
    if f"holidays=={holidays.__version__} " not in pinned:
        sys.exit(f"holidays {holidays.__version__} is not the pinned version")
    warnings.simplefilter("ignore")
    out = [
        f"# Public holidays from {FIRST} to {LAST}, by tools/public_holidays.py; not written by hand.",
        f"# The dates are those of the Python package holidays {holidays.__version__} (https://github.com/vacanza/holidays), under the MIT licence:",
        "# Copyright (c) Vacanza Team and individual contributors; dr-prodigy, 2017-2023; ryanss, 2014-2017.",
        "# Those that rest on the moon are estimates, and a government may decide otherwise.",
        f"years {FIRST} {LAST}",
    ]
    for country, subdivisions in sorted(holidays.list_supported_countries(include_aliases=False).items()):
        if not re.fullmatch("[A-Z]{2}", country):
            continue
        own = days_of(country)
        out += lines(country, own, [])
        if not own:
            out += ["", f"[{country}]"]
        for subdivision in sorted(subdivisions):
            # ISO 3166-2 alone: towns and the like have names that nobody would guess.
            if not re.fullmatch("[A-Z0-9]{1,3}", subdivision):
                continue
            there = days_of(country, subdivision)
            added = {day: name for day, name in there.items() if day not in own}
            block = lines(f"{country}-{subdivision}", added, [day for day in own if day not in there])
            out += block or ["", f"[{country}-{subdivision}]"]
    print("\n".join(out))


if __name__ == "__main__":
    main()
