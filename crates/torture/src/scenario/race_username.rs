//! Many people register the same name at the same moment, in different case: one gets it.

use super::Settings;
use crate::api::{PATIENCE, World, problem};
use crate::http::{Client, Request};
use crate::report::Report;
use crate::target::TargetError;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let (mut rounds, mut unfair) = (0, Vec::new());
    for round in settings.rounds() {
        let name = format!("wanted-{}-{round}", world.run);
        let barrier = Arc::new(Barrier::new(settings.clients as usize));
        let mut tasks = JoinSet::new();
        for number in 0..settings.clients {
            let spelling = if number % 2 == 0 { name.clone() } else { name.to_uppercase() };
            let body = json!({ "username": spelling, "password": "nine-umbrellas-under-the-moon" }).to_string();
            let mut client = Client::new(world.nodes[number as usize % world.nodes.len()], PATIENCE);
            let barrier = Arc::clone(&barrier);
            tasks.spawn(async move {
                let connected = client.connect().await;
                barrier.wait().await;
                connected?;
                client.send(&Request { body: &body, ..Request::new("POST", "/users/register") }).await
            });
        }
        let (mut winners, mut refused, mut others) = (0, 0, Vec::new());
        for answer in tasks.join_all().await {
            let answer = answer?;
            match (answer.status, problem(&answer).as_deref()) {
                (201, _) => winners += 1,
                (409, Some("username-taken")) => refused += 1,
                (status, problem) => others.push(format!("{status} {problem:?}")),
            }
        }
        if winners != 1 || !others.is_empty() {
            unfair.push(format!("round {round}: {winners} winners, {refused} refused, others {others:?}"));
        }
        rounds += 1;
    }
    let first = unfair.first().cloned().unwrap_or_default();
    let seen = format!("{rounds} rounds, {} clients, {} unfair {first}", settings.clients, unfair.len());
    report.check(
        "race-username: one gets the name, every other 409",
        unfair.is_empty() && rounds == settings.rounds,
        seen,
    );
    Ok(())
}
