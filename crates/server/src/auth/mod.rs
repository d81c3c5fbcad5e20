//! Sign-in, as far as it needs no database: names, passwords, tokens, limits. Pure or nearly so; it never stores
//! anything, never reads the clock, and never lets a secret into a log: secrets have no telling `Debug`.

pub mod display_name;
pub mod email;
pub mod limits;
pub mod password;
mod random;
pub mod secret;
pub mod token;
pub mod username;
