"""What others say about recurrence: python-dateutil about the dates of rules, zoneinfo about gaps and folds.

    oracle.py rules SEED COUNT    random rules of the grammar, with their first 20 occurrences in civil time
    oracle.py zones               weekly series across every change of the clocks in 2026 to 2028, in every zone

It writes one case a line, its fields separated by tabs. The first line says which versions speak. It knows nothing of
the code that is tested, reads no file of it, and fails rather than speak with versions that are not the pinned ones.
"""

import calendar
import datetime as dt
import heapq
import itertools
import pathlib
import random
import sys
import zoneinfo

import dateutil
import tzdata
from dateutil import rrule

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
FIRST = 20
# Bronya's time ends shortly before the year 9999 does.
LAST_DATE = dt.datetime(9999, 12, 30)
UTC = dt.timezone.utc


def versions():
    pinned = (pathlib.Path(__file__).parent / "requirements.txt").read_text()
    for name, version in [("python-dateutil", dateutil.__version__), ("tzdata", tzdata.__version__)]:
        if f"{name}=={version} " not in pinned:
            sys.exit(f"{name} {version} is not the pinned version")
    if zoneinfo.TZPATH:
        sys.exit("PYTHONTZPATH must be empty, so that zoneinfo reads the package tzdata")
    python = ".".join(map(str, sys.version_info[:3]))
    print("versions", tzdata.IANA_VERSION, f"dateutil {dateutil.__version__}, Python {python}", sep="\t")


def stamp(time):
    return time.strftime("%Y%m%dT%H%M%S")


# --- rules -----------------------------------------------------------------------------------------------------------


def days_in_month(date):
    return calendar.monthrange(date.year, date.month)[1]


def ordinals(start, frequency, months):
    """The two ordinals of the start's weekday within its month or year, and how far they go."""
    if frequency == "YEARLY" and not months:
        day, days, most = start.timetuple().tm_yday, 365 + calendar.isleap(start.year), 53
    else:
        day, days, most = start.day, days_in_month(start), 5
    return [(day - 1) // 7 + 1, -((days - day) // 7 + 1)], most


def random_rule(random):
    """A rule that its start fits: what dateutil needs to know of it, and its parts."""
    start = dt.datetime(1990, 1, 1) + dt.timedelta(random.randrange(70 * 365), random.randrange(86_400))
    frequency = random.choice(list(FREQUENCIES))
    keywords, parts = {"freq": FREQUENCIES[frequency]}, [f"FREQ={frequency}"]

    if random.random() < 0.6:
        interval = random.choice([1, 2, 2, 3, 4, 5, 6, 7, 12, 13, 30, 100, 1000])
        keywords["interval"] = interval
        parts.append(f"INTERVAL={interval}")
    months = []
    if random.random() < 0.35:
        months = random.sample(range(1, 13), random.randrange(4)) + [start.month]
        random.shuffle(months)
        keywords["bymonth"] = months
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    if frequency != "WEEKLY" and random.random() < 0.4:
        from_the_end = start.day - days_in_month(start) - 1
        days = [random.choice([1, -1]) * random.randint(1, 31) for _ in range(random.randrange(5))]
        days.append(random.choice([start.day, from_the_end]))
        random.shuffle(days)
        keywords["bymonthday"] = days
        parts.append("BYMONTHDAY=" + ",".join(map(str, days)))
    every, nth = [], []
    if random.random() < 0.5:
        kind = random.choice(["every", "nth", "both"] if frequency in ("MONTHLY", "YEARLY") else ["every"])
        if kind != "nth":
            every = random.sample(range(7), random.randrange(4)) + [start.weekday()]
        if kind != "every":
            own, most = ordinals(start, frequency, months)
            nth = [(random.choice([1, -1]) * random.randint(1, most), random.randrange(7)) for _ in range(random.randrange(4))]
            nth.append((random.choice(own), start.weekday()))
        values = [DAYS[day] for day in every] + [f"{n}{DAYS[day]}" for n, day in nth]
        random.shuffle(values)
        parts.append("BYDAY=" + ",".join(values))
    if random.random() < 0.4:
        week_start = random.randrange(7)
        keywords["wkst"] = week_start
        parts.append(f"WKST={DAYS[week_start]}")

    # Sometimes a start that the rule may leave out.
    if random.random() < 0.1:
        start += dt.timedelta(random.randint(1, 40))
    end = random.random()
    count = None
    if end < 0.3:
        count = random.choice([1, 2, 5, 19, 20, 21, random.randint(1, 366)])
        parts.append(f"COUNT={count}")
    elif end < 0.6:
        until = start + dt.timedelta(random.choice([0, 7, 28, 30, 365, random.randrange(4000)]))
        form = random.choice(["date", "local", "utc"])
        if form == "date":
            parts.append(until.strftime("UNTIL=%Y%m%d"))
            # dateutil takes a date for its midnight.
            until = until.replace(hour=23, minute=59, second=59)
        else:
            # On an occurrence, or close to one.
            until += dt.timedelta(seconds=random.choice([0, 0, 1, -1]) if until > start else 0)
            parts.append("UNTIL=" + stamp(until) + ("Z" if form == "utc" else ""))
        keywords["until"] = until
    random.shuffle(parts)
    return start, keywords, every, nth, count, parts


def first(start, keywords, every, nth, count):
    """The first occurrences; nothing if the start is none of them."""
    # In one rule dateutil asks for a day that is among both kinds of weekdays; the RFC lists days, any of which will do.
    kinds = [[rrule.weekday(day) for day in every], [rrule.weekday(day, n) for n, day in nth]]
    rules = [rrule.rrule(dtstart=start, byweekday=kind, **keywords) for kind in kinds if kind]
    rules = rules or [rrule.rrule(dtstart=start, **keywords)]
    merged = (time for time, _ in itertools.groupby(heapq.merge(*rules)))
    times = itertools.takewhile(lambda time: time < LAST_DATE, itertools.islice(merged, count))
    begin = next(times, None)
    return [begin, *itertools.islice(times, FIRST - 1)] if begin == start else []


def rules(seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        start, keywords, every, nth, occurrences, parts = random_rule(chance)
        times = first(start, keywords, every, nth, occurrences)
        print(stamp(start), ";".join(parts), ",".join(map(stamp, times)), sep="\t")


# --- zones -----------------------------------------------------------------------------------------------------------


def offset(zone, instant):
    return dt.datetime.fromtimestamp(instant, zone).utcoffset()


def transitions(zone):
    """The first instant of each new offset in 2026 to 2028, with the offsets before and after."""
    quarter = 6 * 3600
    begin, end = (int(dt.datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2029))
    for instant in range(begin, end, quarter):
        before, after = offset(zone, instant), offset(zone, instant + quarter)
        if before != after:
            low, high = instant, instant + quarter
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield high, before, after


def instant(zone, civil):
    """RFC 5545, 3.3.5 with erratum 4271 is what zoneinfo does for fold=0."""
    return int(civil.replace(tzinfo=zone, fold=0).timestamp())


def case(name, zone, start, length, until=None):
    end = f"UNTIL={stamp(dt.datetime.fromtimestamp(until, UTC))}Z" if until else "COUNT=5"
    fields = []
    for week in range(5):
        civil = start + dt.timedelta(weeks=week)
        begins, ends = instant(zone, civil), instant(zone, civil + length)
        if until and until < begins:
            break
        fields.append(f"{stamp(civil)}/{begins}/{ends}")
    print("case", name, stamp(start), stamp(start + length), f"FREQ=WEEKLY;{end}", *fields, sep="\t")


def zones():
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        changes = list(transitions(zone))
        print("zone", name, len(changes), sep="\t")
        for change, before, after in changes:
            civil = dt.datetime.fromtimestamp(change, UTC).replace(tzinfo=None)
            # The times that the clocks skip or show twice.
            begin, end = sorted([civil + before, civil + after])
            second = dt.timedelta(seconds=1)
            times = [begin - second, begin, begin + (end - begin) / 2, end - second, end]
            times += [begin.replace(hour=hour, minute=0, second=0) for hour in (0, 9, 12, 22)]
            for time in times:
                start = time - dt.timedelta(weeks=2)
                for minutes in (15, 60, 8 * 60, 25 * 60):
                    case(name, zone, start, dt.timedelta(minutes=minutes))
                # UNTIL at the instant of the occurrence on that day, and a second before.
                for until in (instant(zone, time), instant(zone, time) - 1):
                    case(name, zone, start, dt.timedelta(hours=8), until)
        if not changes:
            case(name, zone, dt.datetime(2026, 11, 23, 9), dt.timedelta(hours=8))


versions()
if sys.argv[1] == "rules":
    rules(int(sys.argv[2]), int(sys.argv[3]))
else:
    zones()
