//! Accounts, sessions, refresh tokens, limits and leases: what is not a reservation.

use bronya_domain::ids::{SessionId, UserId};
use bronya_domain::user::{Principal, Role};
use bronya_store::db::Tx;
use bronya_store::sessions::{self, REFRESH_GRACE, Refreshed, Session};
use bronya_store::{Result, StoreError, accounts, leases, limits, sweep};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::world::{Person, World, hours, on_both, submission, word};

async fn write<T: Send + 'static>(
    world: &World,
    work: impl for<'a> FnOnce(&'a mut Tx) -> bronya_store::db::BoxFuture<'a, Result<T>> + Send + 'static,
) -> T {
    world.store.write::<T, StoreError, _>(work).await.unwrap()
}

async fn principal(world: &World, who: Person) -> Option<Principal> {
    let now = world.clock.now();
    world
        .store
        .read::<_, StoreError, _>(move |tx| Box::pin(sessions::principal(tx, who.session, who.id, now)))
        .await
        .unwrap()
}

async fn refresh(world: &World, token: u8) -> Refreshed {
    let now = world.clock.now();
    write(world, move |tx| Box::pin(sessions::refresh(tx, [token; 32], now))).await
}

async fn issue(world: &World, who: Person, token: u8, lasts: SignedDuration) {
    let now = world.clock.now();
    write(world, move |tx| Box::pin(sessions::insert_refresh(tx, [token; 32], who.session, now, now + lasts))).await;
}

on_both! {
    async fn a_session_that_ended_meanwhile_decides_nothing(world) {
        let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
        let desk = world.resource(ann, "desk", 1).await;
        assert!(principal(&world, bob).await.is_some());
        let now = world.clock.now();
        // Between the request's own look at the session and the decision.
        assert!(write(&world, move |tx| Box::pin(sessions::revoke(tx, bob.session, bob.id, now))).await);
        assert_eq!(word(&world.submit(bob, world.book(desk, hours(9, 10))).await), "not signed in");
        assert_eq!(principal(&world, bob).await, None);
        assert!(!write(&world, move |tx| Box::pin(sessions::revoke(tx, bob.session, bob.id, now))).await, "once");
        // Another's session, or another's name on it, is nobody's.
        let mixed = Person { id: ann.id, session: bob.session };
        assert_eq!(word(&world.submit(mixed, world.book(desk, hours(9, 10))).await), "not signed in");
        let mixed = Person { id: bob.id, session: ann.session };
        assert_eq!(word(&world.submit(mixed, world.book(desk, hours(9, 10))).await), "not signed in");
        assert_eq!(principal(&world, mixed).await, None);
        // A disabled account.
        world.sql(&format!("UPDATE account SET disabled_at = created_at WHERE id = {}", world.database.id(ann.id.0))).unwrap();
        assert_eq!(word(&world.submit(ann, world.book(desk, hours(9, 10))).await), "not signed in");
        assert_eq!(principal(&world, ann).await, None);
        assert_eq!(world.claims(desk), [""; 0]);
    }

    async fn a_session_ends_at_its_time(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let end = world.clock.now() + SignedDuration::from_hours(1);
        let id = SessionId(world.fresh_id());
        let short = Session { id, user: ann.id, created_at: world.clock.now(), used_at: world.clock.now(), expires_at: end,
            address: Some("::1".to_owned()), user_agent: Some("curl".to_owned()) };
        let copy = short.clone();
        write(&world, move |tx| Box::pin(async move { sessions::insert(tx, &copy).await })).await;
        let found = world.store.read::<_, StoreError, _>(move |tx| Box::pin(sessions::by_id(tx, id))).await.unwrap();
        assert_eq!(found, Some(short));
        let who = Person { id: ann.id, session: id };
        world.clock.advance(SignedDuration::from_hours(1) - SignedDuration::from_micros(1));
        assert!(principal(&world, who).await.is_some());
        assert_eq!(word(&world.submit(who, world.book(desk, hours(9, 10))).await), "done");
        world.clock.advance(SignedDuration::from_micros(1));
        assert_eq!(principal(&world, who).await, None);
        assert_eq!(word(&world.submit(who, world.book(desk, hours(11, 12))).await), "not signed in");
    }

    async fn the_role_is_what_the_database_says_now(world) {
        let (ann, root) = (world.person("ann", Role::User).await, world.person("root", Role::Admin).await);
        let desk = world.resource(ann, "desk", 1).await;
        let id = world.booked(ann, desk, hours(9, 10)).await;
        assert_eq!(word(&world.submit(root, crate::world::move_to(id, hours(10, 11))).await), "done");
        world.sql("UPDATE account SET role = 'user'").unwrap();
        assert_eq!(word(&world.submit(root, crate::world::cancel(id)).await), "BookingNotFound");
        let trusted = bronya_store::engine::Actor::Trusted(Principal { user: root.id, role: Role::Admin });
        assert_eq!(word(&world.store.submit(submission(trusted, crate::world::cancel(id))).await), "done");
    }

    async fn a_refresh_token_turns_over_and_a_stolen_one_ends_its_family(world) {
        let ann = world.person("ann", Role::User).await;
        let month = SignedDuration::from_hours(30 * 24);
        issue(&world, ann, 1, month).await;
        assert!(matches!(refresh(&world, 1).await, Refreshed::Good(session) if session.id == ann.session));
        issue(&world, ann, 2, month).await;
        // The answer was lost and is asked for again.
        world.clock.advance(REFRESH_GRACE);
        assert!(matches!(refresh(&world, 1).await, Refreshed::Good(_)));
        // The grace counts from the first use.
        world.clock.advance(SignedDuration::from_micros(1));
        assert_eq!(refresh(&world, 1).await, Refreshed::Reused(ann.session, ann.id));
        assert_eq!(refresh(&world, 2).await, Refreshed::Unknown, "the family has ended");
        assert_eq!(refresh(&world, 1).await, Refreshed::Unknown);
        assert_eq!(refresh(&world, 9).await, Refreshed::Unknown);
        assert_eq!(principal(&world, ann).await, None);
    }

    async fn a_refresh_token_ends_at_its_time(world) {
        let ann = world.person("ann", Role::User).await;
        issue(&world, ann, 1, SignedDuration::from_hours(1)).await;
        issue(&world, ann, 2, SignedDuration::from_hours(1)).await;
        world.clock.advance(SignedDuration::from_hours(1) - SignedDuration::from_micros(1));
        assert!(matches!(refresh(&world, 1).await, Refreshed::Good(_)));
        world.clock.advance(SignedDuration::from_micros(1));
        assert_eq!(refresh(&world, 2).await, Refreshed::Unknown);
    }

    async fn all_sessions_but_one_end(world) {
        let ann = world.person("ann", Role::User).await;
        let bob = world.person("bob", Role::User).await;
        let now = world.clock.now();
        let others: Vec<SessionId> = (0..3).map(|_| SessionId(world.fresh_id())).collect();
        for id in others.clone() {
            let session = Session { id, user: ann.id, created_at: now, used_at: now,
                expires_at: now + SignedDuration::from_hours(1), address: None, user_agent: None };
            write(&world, move |tx| Box::pin(async move { sessions::insert(tx, &session).await })).await;
        }
        let keep = others[1];
        let ended = write(&world, move |tx| Box::pin(sessions::revoke_others(tx, ann.id, Some(keep), now))).await;
        assert_eq!(ended, 3);
        let left = world.store.read::<_, StoreError, _>(move |tx| Box::pin(sessions::of_user(tx, ann.id, now))).await.unwrap();
        assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [keep]);
        assert!(principal(&world, bob).await.is_some(), "another's go on");
        let ended = write(&world, move |tx| Box::pin(sessions::revoke_others(tx, ann.id, None, now))).await;
        assert_eq!(ended, 1);
    }

    async fn names_are_unique_and_accounts_are_found(world) {
        let ann = world.person("ann", Role::User).await;
        let twin = accounts::Account { id: UserId(world.fresh_id()), ..by_id(&world, ann.id).await };
        let copy = twin.clone();
        let refused = world.store.write::<(), StoreError, _>(move |tx| {
            Box::pin(async move { accounts::insert(tx, &copy, "ann").await })
        }).await;
        assert!(matches!(refused, Err(StoreError::NotUnique(_))), "{refused:?}");
        // The connection is good for the next one, and nothing of it stayed.
        let copy = twin.clone();
        write(&world, move |tx| Box::pin(async move { accounts::insert(tx, &copy, "100%_\\").await })).await;
        let find = |part: &'static str| {
            let store = world.store.clone();
            async move {
                let nobody = UserId(Uuid::nil());
                store.read::<_, StoreError, _>(move |tx| Box::pin(accounts::list(tx, part, nobody, 10))).await.unwrap().len()
            }
        };
        assert_eq!((find("").await, find("%").await, find("0%_\\").await, find("n%").await, find("nn").await), (2, 1, 1, 0, 1));
        let mut changed = by_id(&world, ann.id).await;
        changed.role = Role::Admin;
        changed.disabled_at = Some(world.clock.now());
        changed.display_name = Some("Ann".to_owned());
        let copy = changed.clone();
        write(&world, move |tx| Box::pin(async move { accounts::update(tx, &copy).await })).await;
        assert_eq!(by_id(&world, ann.id).await, accounts::Account { version: 2, ..changed });
    }

    async fn a_lease_is_one_holders_at_a_time(world) {
        let (one, two) = (world.fresh_id(), world.fresh_id());
        let now = world.clock.now();
        let acquire = |holder: Uuid, at: Timestamp| {
            let world = &world;
            async move {
                let until = at + SignedDuration::from_secs(30);
                write(world, move |tx| Box::pin(leases::acquire(tx, "sweep", holder, at, until))).await
            }
        };
        let later = |seconds| now + SignedDuration::from_secs(seconds);
        assert!(acquire(one, now).await);
        assert!(!acquire(two, later(1)).await);
        assert!(acquire(one, later(20)).await, "renewed");
        assert!(!acquire(two, later(45)).await, "which counts");
        assert!(acquire(two, later(51)).await, "run out");
        assert!(!acquire(one, later(52)).await);
    }

    async fn a_limit_is_counted_once_however_many_ask_at_once(world) {
        let now = world.clock.now();
        let step = SignedDuration::from_secs(1);
        let counts: Vec<_> = (0..20).map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move {
                store.write::<_, StoreError, _>(move |tx| Box::pin(async move {
                    let arrival = limits::lock(tx, "ip:::1", now).await?;
                    limits::set(tx, "ip:::1", arrival + step).await
                })).await
            })
        }).collect();
        for count in counts {
            count.await.unwrap().unwrap();
        }
        let arrival = write(&world, move |tx| Box::pin(limits::lock(tx, "ip:::1", now))).await;
        assert_eq!(arrival, now + step * 20);
    }

    async fn of_two_last_administrators_one_stays(world) {
        let people = [world.person("ann", Role::Admin).await, world.person("bob", Role::Admin).await];
        for round in 0..5 {
            let demotions: Vec<_> = people.iter().map(|who| {
                let (store, id) = (world.store.clone(), who.id);
                tokio::spawn(async move {
                    store.write::<_, StoreError, _>(move |tx| Box::pin(async move {
                        accounts::hold_administrators(tx).await?;
                        if accounts::count_administrators(tx).await? < 2 {
                            return Ok(false);
                        }
                        let mut account = accounts::for_change(tx, id).await?.unwrap();
                        account.role = Role::User;
                        accounts::update(tx, &account).await?;
                        Ok(true)
                    })).await.unwrap()
                })
            }).collect();
            let mut demoted = 0;
            for demotion in demotions {
                demoted += u32::from(demotion.await.unwrap());
            }
            assert_eq!(demoted, 1, "in round {round}");
            world.sql("UPDATE account SET role = 'admin'").unwrap();
        }
    }

    async fn the_sweep_takes_what_is_over_and_nothing_else(world) {
        let ann = world.person("ann", Role::User).await;
        issue(&world, ann, 1, SignedDuration::from_hours(1)).await;
        issue(&world, ann, 2, SignedDuration::from_hours(100)).await;
        let now = world.clock.now();
        write(&world, move |tx| Box::pin(async move { limits::lock(tx, "old", now).await.map(drop) })).await;
        world.clock.advance(SignedDuration::from_hours(26));
        let now = world.clock.now();
        let gone = write(&world, move |tx| Box::pin(sweep::sweep(tx, now))).await;
        assert_eq!(gone, 2, "one token, one limit");
        assert!(matches!(refresh(&world, 2).await, Refreshed::Good(_)));
    }
}

async fn by_id(world: &World, id: UserId) -> accounts::Account {
    world.store.read::<_, StoreError, _>(move |tx| Box::pin(accounts::by_id(tx, id))).await.unwrap().unwrap()
}
