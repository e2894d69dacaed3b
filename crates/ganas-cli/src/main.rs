//! The `ganas` command.
fn main() {}
