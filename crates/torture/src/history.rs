//! What the clients saw: each operation with the moments of its call and its return and its outcome, and what was there
//! at the end. A history goes into a file of JSON lines and comes back, so that a failure can be judged again. It judges
//! nothing itself: that is the checker's part.

use crate::time::Interval;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, BufRead, Write};
use uuid::Uuid;

/// A booking's, block's or resource's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(pub u128);

impl Id {
    /// Reads the id of the contract; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(|uuid| Self(uuid.as_u128()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_u128(self.0).fmt(f)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Id {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} is no id"))
    }
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Make a booking, or repeat an earlier try under the same idempotency key.
    Book {
        /// The resource.
        resource: Id,
        /// When.
        interval: Interval,
        /// How many units.
        units: u32,
        /// The idempotency key.
        key: Option<String>,
    },
    /// Give a booking another time.
    Move {
        /// The booking.
        booking: Id,
        /// Its resource.
        resource: Id,
        /// The new time.
        interval: Interval,
        /// How many units it has.
        units: u32,
    },
    /// Change a booking's title, which changes its version and nothing else.
    Edit {
        /// The booking.
        booking: Id,
    },
    /// Cancel a booking.
    Cancel {
        /// The booking.
        booking: Id,
    },
    /// Confirm a pending booking.
    Confirm {
        /// The booking.
        booking: Id,
    },
    /// Reject a pending booking.
    Reject {
        /// The booking.
        booking: Id,
    },
    /// Say that nobody came.
    NoShow {
        /// The booking.
        booking: Id,
    },
    /// Take that back.
    Undo {
        /// The booking.
        booking: Id,
        /// Its resource.
        resource: Id,
        /// The time that it has again.
        interval: Interval,
        /// How many units it has.
        units: u32,
    },
    /// Block a time of a resource.
    Block {
        /// The resource.
        resource: Id,
        /// When.
        interval: Interval,
        /// Whether bookings in the way are to be cancelled.
        cancels: bool,
    },
    /// Take a block away.
    Unblock {
        /// The block.
        block: Id,
    },
    /// Make a resource with this quantity, or give it another.
    Quantity {
        /// The resource.
        resource: Id,
        /// How many units it has from now on.
        quantity: u32,
    },
    /// Delete a resource.
    Delete {
        /// The resource.
        resource: Id,
        /// Whether its bookings are to be cancelled.
        cancels: bool,
    },
    /// Look at one booking.
    Read {
        /// The booking.
        booking: Id,
    },
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 2xx: it happened, to this booking, block or resource.
    Done(Id),
    /// A read's answer: whether the booking holds its time, and which.
    Seen {
        /// Pending or confirmed.
        active: bool,
        /// Its time.
        interval: Interval,
    },
    /// 409 because the time is taken: `booking-conflict`, `block-conflict`, `resource-in-use`.
    Conflict,
    /// 409 because of the state of the thing itself: closed, decided already.
    Closed,
    /// 412.
    Stale,
    /// 404.
    Missing,
    /// Another 4xx, which no workload here asks for.
    Refused(u16),
    /// No answer, or one that says that nobody knows: it may have happened, may happen yet, or never will.
    Unknown,
    /// A 5xx that is not 503, or an answer outside the contract.
    Broken(u16),
}

/// One operation of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The client; it does one thing after the other.
    pub client: u32,
    /// What it asked for.
    pub op: Op,
    /// Nanoseconds since the start of the run, when the request was about to be sent.
    pub invoked: u64,
    /// Nanoseconds since the start of the run, when the answer was there.
    pub returned: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// A booking as it stood at the end, when nobody wrote any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalBooking {
    /// Its id.
    pub id: Id,
    /// Its resource.
    pub resource: Id,
    /// Its time.
    pub interval: Interval,
    /// Its units.
    pub units: u32,
    /// Whether it is pending or confirmed.
    pub active: bool,
}

/// A block as it stood at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalBlock {
    /// Its id.
    pub id: Id,
    /// Its resource.
    pub resource: Id,
    /// Its time.
    pub interval: Interval,
}

/// All that was there at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Final {
    /// Every booking, closed ones too.
    pub bookings: Vec<FinalBooking>,
    /// Every block.
    pub blocks: Vec<FinalBlock>,
    /// The quantity of each resource that still stood.
    pub quantities: Vec<(Id, u32)>,
}

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// What the clients did, in any order.
    pub events: Vec<Event>,
    /// What was there at the end, where somebody looked.
    pub end: Option<Final>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Event(Event),
    /// Comes before the lines of what was there at the end, which may be none.
    End,
    Booking(FinalBooking),
    Block(FinalBlock),
    Quantity(Id, u32),
}

impl History {
    /// Writes one JSON object a line.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut line = |line: Line| {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")
        };
        for event in &self.events {
            line(Line::Event(event.clone()))?;
        }
        if let Some(end) = &self.end {
            line(Line::End)?;
            end.bookings.iter().try_for_each(|booking| line(Line::Booking(*booking)))?;
            end.blocks.iter().try_for_each(|block| line(Line::Block(*block)))?;
            end.quantities.iter().try_for_each(|(id, quantity)| line(Line::Quantity(*id, *quantity)))?;
        }
        Ok(())
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(input: impl BufRead) -> io::Result<Self> {
        let mut history = Self::default();
        for line in input.lines() {
            match serde_json::from_str(&line?)? {
                Line::Event(event) => history.events.push(event),
                Line::End => history.end = Some(Final::default()),
                Line::Booking(booking) => {
                    history.end.get_or_insert_default().bookings.push(booking);
                }
                Line::Block(block) => history.end.get_or_insert_default().blocks.push(block),
                Line::Quantity(id, quantity) => history.end.get_or_insert_default().quantities.push((id, quantity)),
            }
        }
        Ok(history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_survives_its_file() {
        let (id, interval) = (Id(7), Interval::lasting(60, 60));
        let op = Op::Book { resource: id, interval, units: 1, key: Some("k".to_owned()) };
        let history = History {
            events: vec![
                Event { client: 1, op, invoked: 1, returned: 2, outcome: Outcome::Done(Id(8)) },
                Event {
                    client: 1,
                    op: Op::Read { booking: Id(8) },
                    invoked: 3,
                    returned: 4,
                    outcome: Outcome::Seen { active: true, interval },
                },
            ],
            end: Some(Final {
                bookings: vec![FinalBooking { id: Id(8), resource: id, interval, units: 1, active: true }],
                blocks: vec![FinalBlock { id: Id(9), resource: id, interval }],
                quantities: vec![(id, 1)],
            }),
        };
        let mut file = Vec::new();
        history.write(&mut file).unwrap();
        assert_eq!(History::read(file.as_slice()).unwrap(), history);
    }
}
