//! The catalogue test: every statement of this crate can be prepared on the databases it is for, and takes exactly as
//! many arguments as its type says. A statement that is missing from the list fails the test too.

use std::collections::BTreeSet;
use std::path::Path;

use crate::db::{Each, Sql};
use crate::testing::Migrated;
use crate::{
    accounts, audit, availability, blocks, bookings, details, diaries, displays, doctor, erasure, events, facts,
    floor_plans, groups, keys, kinds, leases, limits, migrate, news, paces, password_links, people, pictures, places,
    profiles, public_pages, reports, resources, rules, said, series, sessions, setup, shares, sweep, waiting, write,
    zones,
};

/// A statement with its name, its text on each database it is for, and the number of its arguments.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) sqlite: Option<&'static str>,
    pub(crate) postgres: Option<&'static str>,
    pub(crate) arguments: usize,
}

trait Listed {
    fn entry(&self, name: &'static str) -> Entry;
}

impl<const N: usize> Listed for Sql<N> {
    fn entry(&self, name: &'static str) -> Entry {
        Entry { name, sqlite: Some(self.text()), postgres: Some(self.text()), arguments: N }
    }
}

impl<const N: usize> Listed for Each<N> {
    fn entry(&self, name: &'static str) -> Entry {
        let (sqlite, postgres) = self.texts();
        let sqlite = Some(sqlite).filter(|text| !text.is_empty());
        Entry { name, sqlite, postgres: Some(postgres), arguments: N }
    }
}

macro_rules! entries {
    ($($module:ident: $($name:ident),+;)+) => {
        vec![$($($module::$name.entry(concat!(stringify!($module), "::", stringify!($name)))),+),+]
    };
}

/// Every statement.
pub(crate) fn catalogue() -> Vec<Entry> {
    let mut entries = entries![
        accounts: STANDS, INSERT, INSERT_UNLESS_TAKEN, BY_ID, BY_USERNAME, LIST, UPDATE, FOR_CHANGE, COUNT_ADMINS, COUNT;
        audit: CLAIMS, STRAY_BOOKING_CLAIMS, STRAY_BLOCK_CLAIMS, MISCOUNTED_BOOKINGS, MISCOUNTED_BLOCKS,
            CLAIMS_OUT_OF_RANGE, BOOKINGS_OF_OTHER_SITES, COUNT_CLAIMS, COUNT_BOOKINGS, ADMINS_DISABLED, STRAY_LINKS;
        availability: BY_IDS, OF_SITE, OF_KIND, OF_TERM, ALL;
        blocks: LIST, LIST_OF_RESOURCE, OF_SERIES;
        bookings: BY_ID, OF_USER, OF_USER_ON_RESOURCE, OF_RESOURCE, ALL, PENDING, MANAGED, MANAGED_OF_USER, LONGEST_ON,
            LONGEST, LAPSED, STARTING_AT_SITE, TRIED_OF_SITE, TRIED_OF_AREA, TRIED_OF_RESOURCE, TAKING_PART, ENGAGED;
        details: INSERT_DETAILS, FORGET_REASONS, DETAILS;
        diaries: LOAD_DIARIES, SPOTS;
        displays: BY_ID, BY_SECRET, HOLD, LIST, MANAGED, OF_RESOURCE, INSERT, UPDATE, REVOKE, SEEN, PAIR, PAIRING, TAKE, SWEEP;
        doctor: POSTGRES_SETTINGS, POSTGRES_READ_ONLY, SQLITE_SETTINGS;
        erasure: ACCOUNT, OPEN, DUE, LAST_DONE, DONE, RESOURCES_MANAGED, SITES_MANAGED, GROUPS, SESSIONS, ANSWERS, ANSWERS_ABOUT,
            ADDRESSES_AS_ACTOR, ADDRESSES_OF_ATTEMPTS, BOOKINGS;
        events: INSERT_EVENTS, LIST_EVENTS, LIST_BY, LIST_TO, LIST_OF_PERSON, LIST_OF_BOOKING, LIST_BESIDE_BOOKINGS, EVENTS_OF_BOOKING, CLOSING, EVENTS_BY, EVENTS_TO;
        facts: LOCATE_BOOKINGS, LOCATE_BLOCKS, LOCK_RESOURCES, LOAD_PRINCIPALS, LOAD_MANAGERS, LOAD_SITE_MANAGERS, LOCK_SITES,
            LOCK_SITES_OF_AREAS, LOAD_AREAS, LOCK_KINDS, LOCK_PEOPLE, LOAD_BOOKINGS,
            LOAD_BLOCKS, LOAD_CLAIMS, LOAD_ANSWERS;
        floor_plans: BY_PLACE, PUT, DELETE, STANDING;
        groups: LIST, BY_ID, HOLD, COUNT, INSERT, UPDATE, DELETE, MEMBERS, ADD, REMOVE, OF_USER, OF_PEOPLE, KNOWN;
        keys: LIST, RETIRE, INSERT;
        kinds: LOAD_SCHEMAS, INSERT_SCHEMA, LIST, BY_ID, BY_NAME, HOLD, COUNT, INSERT, UPDATE, DELETE;
        leases: HOLD, ACQUIRE;
        limits: LOCK, SET;
        migrate: APPLIED, APPLY;
        news: SINCE, ALSO_HELD, LEFT;
        paces: LOCK_SITES, STARTS_OF_SITES, STARTS_OF_RESOURCES;
        pictures: PUT, BYTES, SWEEP;
        places: SITE, SITES, MANAGED_SITES, HOLD_SITE, INSERT_SITE, UPDATE_SITE, DELETE_SITE, AREA, AREAS, ALL_AREAS, AREAS_OF_SITE, INSERT_AREA, UPDATE_AREA, DELETE_AREA,
            LOCK_RESOURCES_OF_SITE, STANDING, PUT_IN_FORCE, NOT_ITS_OWN, MANAGES_SITE, SITE_MANAGERS, ADD_SITE_MANAGER, REMOVE_SITE_MANAGER,
            HOLD_RESOURCE, RESOURCE_MANAGERS, ADD_RESOURCE_MANAGER, REMOVE_RESOURCE_MANAGER;
        profiles: DELETE_TERMS, INSERT_TERMS;
        public_pages: OF_SITE, BY_SLUG, PUT, HOLDS_OF, NOTE_HOLD, DROP_HOLD, SWEEP;
        reports: BY_IDS, ALL, OF_SITE, MANAGED, RESOURCES_OF_MANAGER, SITES_OF_MANAGER;
        resources: BY_ID, LIST_OF_SITE, LIST, LIST_OF_KIND, LIST_OF_TERM, OVERVIEW, ZONE_OF_MOST, HIDDEN_ONES, HIDDEN, SIMILAR, MANAGES, MANAGES_ANY;
        rules: LOAD_RULES, INSERT_RULES;
        said: SAID_BY_SITE, SAID_BY_AREA, SAID_BY_RESOURCE;
        series: BY_ID, BOOKINGS, PLACES, INSERT_SERIES, UPDATE_SERIES;
        sessions: INSERT, REVOKE_OLDEST, PRINCIPAL, INSERT_REFRESH, USE_REFRESH, BY_ID, TOUCH, OF_USER, REVOKE,
            REVOKE_OTHERS;
        waiting: INSERT, INSERT_FOR, BY_ID, OF_USER, FOR_RESOURCE, FOR_SITE, COUNT_OPEN, IS_ANY, WAITING_FOR, MADE_SINCE, OFFERED, LEFT,
            WAITS_NO_MORE, OVER, SWEEP, FORGET, FORGET_ENTRY;
        password_links: PUT, FIND, TAKE, VOID, OF_USER, SWEEP;
        people: DELETE_PARTICIPANTS, INSERT_PARTICIPANTS;
        shares: LOAD_PARTS, LOAD_WHOLES, DELETE_PARTS, INSERT_PARTS, DELETE_SHARES, INSERT_SHARES;
        setup: PUT, FIND, TAKE;
        sweep: ANSWERS, SESSIONS, REFRESH_TOKENS, LIMITS, KEYS;
        write: TOUCH_RESOURCES, INSERT_RESOURCES, UPDATE_RESOURCES, TRIM_UNITS, DELETE_RESOURCES, INSERT_MANAGERS,
            INSERT_BOOKINGS, UPDATE_BOOKINGS, MOVE_BOOKINGS, INSERT_BLOCKS, DELETE_BLOCKS, INSERT_CLAIMS, DELETE_CLAIMS, KEEP_ANSWERS,
            FORGET_ANSWERS, VOUCH_FOR_ANSWERS;
        zones: VERSION, RULES, PUT, TO_COME, BLOCKS_TO_COME, NOTE, FORGET, LIST, LIST_BLOCKS, SWEEP;
    ];
    for entry in &mut entries {
        match entry.name {
            // What a database says of itself, each has its own way to ask.
            "doctor::POSTGRES_SETTINGS" | "doctor::POSTGRES_READ_ONLY" => entry.sqlite = None,
            "doctor::SQLITE_SETTINGS" => entry.postgres = None,
            _ => {}
        }
    }
    entries
}

#[test]
fn the_list_is_complete() {
    let mut declared = BTreeSet::new();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = file.unwrap().path();
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "rs") || module == "catalogue" {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let before = declared.len();
        for line in source.lines() {
            if let Some((name, kind)) = line.trim().split_once("const ").and_then(|(_, rest)| rest.split_once(": "))
                && (kind.starts_with("Sql<") || kind.starts_with("Each<"))
            {
                declared.insert(format!("{module}::{name}"));
            }
        }
        let made = source.matches("Sql::new(").count()
            + source.matches("Each::new(").count()
            + source.matches("Each::lock(").count();
        assert_eq!(declared.len() - before, made, "in {module} each statement is a constant on a line of its own");
    }
    let listed: BTreeSet<String> = catalogue().iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(listed, declared);
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_sqlite() {
    let mut database = Migrated::sqlite().await;
    for Entry { name, sqlite, arguments, .. } in catalogue() {
        let Some(text) = sqlite else { continue };
        let found = database.tx.prepare(text).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found, arguments, "{name}");
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_postgres() {
    let mut database = Migrated::postgres().await;
    for Entry { name, postgres, arguments, .. } in catalogue() {
        let Some(text) = postgres else { continue };
        let found = database.tx.prepare(text).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found, arguments, "{name}");
    }
}
