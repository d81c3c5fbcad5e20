//! The public holidays of countries and their subdivisions, as `tools/public_holidays.py` wrote them down. This is the one place that
//! knows any; it decides nothing by them, and says for which years it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use bronya_domain::rules::Region;
use jiff::civil::Date;

const TEXT: &str = include_str!("../data/holidays.txt");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(TEXT));

/// A public holiday.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// What it is called, in English.
    pub name: &'static str,
}

/// The first and the last year for which public holidays are known.
pub fn years() -> (i16, i16) {
    TABLE.years
}

/// Every country, with the subdivisions of which something is known, as ISO 3166 names them: `DE`, `DE-BY`.
pub fn regions() -> impl Iterator<Item = &'static str> {
    TABLE.blocks.keys().copied()
}

/// The holidays of a region; `None` where nothing is known of it.
pub fn of(code: &str) -> Option<Vec<Holiday>> {
    let own = TABLE.blocks.get(code)?;
    let country = code.split_once('-').and_then(|(country, _)| TABLE.blocks.get(country));
    let wider = country.into_iter().flat_map(|block| block.days(TABLE.years)).filter(|it| !own.gone.contains(&it.date));
    let mut days: Vec<Holiday> = wider.chain(own.days(TABLE.years)).collect();
    days.sort();
    Some(days)
}

/// The region with its days, as rules take it; `None` where nothing is known of it.
pub fn region(code: &str) -> Option<Region> {
    let days = of(code)?.into_iter().map(|it| it.date);
    Some(Region { code: code.to_owned(), days: Arc::new(days.collect()) })
}

struct Table {
    years: (i16, i16),
    blocks: BTreeMap<&'static str, Block>,
}

/// What the table says of one region, beside what it says of its country.
#[derive(Default)]
struct Block {
    /// Names with the days of every year.
    every: Vec<(&'static str, i8, i8)>,
    single: Vec<Holiday>,
    /// Days of the country that are none there.
    gone: BTreeSet<Date>,
}

impl Block {
    fn days(&self, (first, last): (i16, i16)) -> impl Iterator<Item = Holiday> {
        let every = self.every.iter().flat_map(move |(name, month, day)| {
            (first..=last).filter_map(|year| Some(Holiday { date: Date::new(year, *month, *day).ok()?, name }))
        });
        every.chain(self.single.iter().cloned())
    }
}

impl Table {
    /// Lines that it does not understand it leaves out; a test counts that there are none.
    fn read(text: &'static str) -> Self {
        let mut table = Self { years: (0, 0), blocks: BTreeMap::new() };
        let mut block = None;
        for line in text.lines() {
            if let Some(years) = line.strip_prefix("years ") {
                let mut years = years.split(' ').filter_map(|year| year.parse().ok());
                table.years = (years.next().unwrap_or(0), years.next().unwrap_or(-1));
            } else if let Some(code) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                block = Some(table.blocks.entry(code).or_default());
            } else if let (Some((name, days)), Some(block)) = (line.split_once('|'), block.as_mut()) {
                for day in days.split(' ') {
                    block.add(name, day);
                }
            }
        }
        table
    }
}

impl Block {
    fn add(&mut self, name: &'static str, day: &str) -> Option<()> {
        match day.parse::<Date>() {
            Ok(date) if name == "-" => {
                self.gone.insert(date);
            }
            Ok(date) => self.single.push(Holiday { date, name }),
            Err(_) => {
                let (month, day) = day.split_once('-')?;
                self.every.push((name, month.parse().ok()?, day.parse().ok()?));
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(code: &str, year: i16) -> Vec<String> {
        let days = of(code).unwrap().into_iter().filter(|it| it.date.year() == year);
        days.map(|it| it.date.strftime("%m-%d").to_string()).collect()
    }

    #[test]
    fn days_are_those_of_the_law() {
        // The Act on public holidays of each, read apart from the table.
        let germany = ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"];
        assert_eq!(dates("DE", 2026), germany);
        let bavaria = [
            "01-01", "01-06", "04-03", "04-06", "05-01", "05-14", "05-25", "06-04", "10-03", "11-01", "12-25", "12-26",
        ];
        assert_eq!(dates("DE-BY", 2026), bavaria);
        let france =
            ["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"];
        assert_eq!(dates("FR", 2026), france);
        // Saint Andrew's Day, the second of January, and no Easter Monday.
        let scotland = dates("GB-SCT", 2026);
        assert!(scotland.contains(&"01-02".to_owned()) && !scotland.contains(&"04-06".to_owned()), "{scotland:?}");
        assert!(of("XX").is_none() && of("DE-XX").is_none() && of("de").is_none() && of("").is_none());
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let said: usize =
            TEXT.lines().filter_map(|line| line.split_once('|')).map(|(_, days)| days.split(' ').count()).sum();
        let block = |it: &Block| it.every.len() + it.single.len() + it.gone.len();
        assert_eq!(TABLE.blocks.values().map(block).sum::<usize>(), said);
        let (first, last) = years();
        assert!(first <= 2024 && 2037 <= last && 240 < regions().filter(|code| code.len() == 2).count());
        for code in regions() {
            let days = of(code).unwrap();
            assert!(days.iter().all(|it| (first..=last).contains(&it.date.year()) && !it.name.is_empty()), "{code}");
            assert!(days.windows(2).all(|pair| pair[0].date < pair[1].date), "a day twice in {code}");
            assert!(code.len() == 2 || TABLE.blocks.contains_key(&code[..2]), "{code} without its country");
        }
    }
}
