//! Room `cli/` (floor 6): the commands. It alone reads files and the environment.

pub mod master_key;
pub mod start;
