//! `cargo explore`: explores the documents' examples and shows what it finds.

use std::process::ExitCode;

fn main() -> ExitCode {
    selvedge_models::explore::main()
}
