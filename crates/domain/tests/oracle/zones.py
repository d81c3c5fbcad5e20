"""What a change of time zone rules makes of what is booked, as zoneinfo sees it, from two folders of compiled zones.

One line a case: the zone, start and end as they stand, and what keeps them on the wall, all in seconds since 1970.
"""

import datetime
import pathlib
import random
import sys
import zoneinfo

UTC = datetime.timezone.utc
FIRST = datetime.datetime(2027, 1, 1, tzinfo=UTC)
HOURS = 3 * 366 * 24


def zones(folder):
    zoneinfo.reset_tzpath(to=[str(folder)])
    names = sorted(str(file.relative_to(folder)) for file in folder.glob("*/*") if file.is_file())
    return {name: zoneinfo.ZoneInfo.no_cache(name) for name in names}


def kept(time, old, new):
    before, after = time.astimezone(old), time.astimezone(new)
    if before.utcoffset() == after.utcoffset():
        return time
    # RFC 5545, 3.3.5 with erratum 4271: skipped times take the offset from before the gap, and of two the first counts.
    return before.replace(tzinfo=new, fold=0).astimezone(UTC)


def main():
    here = pathlib.Path(__file__).parent / "zones"
    old, new = zones((here / "before").resolve()), zones((here / "after").resolve())
    chance = random.Random(4)
    for name in old:
        times = [FIRST + datetime.timedelta(minutes=chance.randrange(HOURS * 60)) for _ in range(1500)]
        # Around every moment at which either clock jumps.
        edges = (FIRST + datetime.timedelta(hours=hour) for hour in range(HOURS))
        for edge in edges:
            later = edge + datetime.timedelta(hours=1)
            for zone in (old[name], new[name]):
                if edge.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                    times += [edge + datetime.timedelta(minutes=15 * quarter) for quarter in range(-120, 121)]
        for start in times:
            end = start + datetime.timedelta(minutes=chance.choice([15, 60, 90, 24 * 60, 7 * 24 * 60]))
            found = [kept(time, old[name], new[name]) for time in (start, end)]
            print(name, *(int(time.timestamp()) for time in [start, end, *found]), sep="\t")


if __name__ == "__main__":
    sys.exit(main())
