//! Who acts, as far as a rule needs to know.

use crate::ids::UserId;

/// What an account may do beyond what everybody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Books; manages what it created or was made a manager of.
    User,
    /// May do everything that anybody may.
    Admin,
    /// Has no account, and one booking: knows of what is public, and manages nothing.
    Guest,
}

impl Role {
    /// The word that stands for it in the API and in the databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Guest => "guest",
        }
    }

    /// The role of an account that a word stands for. No account is a guest's.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "user" => Some(Self::User),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// Somebody whose session was found alive under the same lock as the facts of the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose account it is.
    pub user: UserId,
    /// What the account may do, as the database says, not the token.
    pub role: Role,
}

impl Principal {
    /// Whether this is an administrator.
    pub fn is_admin(self) -> bool {
        self.role == Role::Admin
    }
}
