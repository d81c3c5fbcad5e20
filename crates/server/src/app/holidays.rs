//! The public holidays that the program knows, for whoever reads rules and says them. They are a table in the program: asking it asks no
//! database, and needs nobody's leave.

pub use bronya_store::holidays::{Holiday, of, region, regions, years};
