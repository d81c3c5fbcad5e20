//! `bronya openapi`.

use clap::Args;

use crate::failure::Failure;
use crate::output;

/// Print the description of the API (`OpenAPI` 3.1), as `/openapi.json` answers it.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya openapi > openapi.json")]
pub(crate) struct OpenApi {}

impl OpenApi {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self) -> Result<(), Failure> {
        output::print(bronya_server::http::openapi::text())
    }
}
