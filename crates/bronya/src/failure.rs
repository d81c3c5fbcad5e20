//! How a command ends that was not carried out: a sentence for the standard error, and an exit code.

use std::fmt;

use bronya_server::app::AppError;
use bronya_server::config::ConfigError;
use bronya_store::StoreError;

/// Why a command was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// Something was found or went wrong: exit code 1.
    Failed(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(text) | Self::Failed(text)) = self;
        f.write_str(text)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::Failed(match error {
            AppError::UserNotFound => "there is no user of this name".to_owned(),
            AppError::UsernameTaken => "somebody has this user name; upper and lower case do not matter".to_owned(),
            AppError::WeakPassword(problems) => format!("the password {}", problems.join("; it ")),
            AppError::UserDisabled => "the account is disabled".to_owned(),
            AppError::LastAdministrator => {
                "there would be no administrator left; make someone else one first".to_owned()
            }
            AppError::Overloaded => "too much to do at the moment; try again".to_owned(),
            AppError::Store(error) => error.to_string(),
            AppError::Internal(what) => what,
            // Refusals that only callers of the API can meet.
            other => format!("refused: {other:?}"),
        })
    }
}
