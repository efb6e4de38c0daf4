//! Attacks: one file for each class, concurrent where it matters.

mod assertions;
mod at_once;
mod borrowing;
mod codes;
mod cross_device;
mod forms;
mod head;
mod kinds;
mod limits;
mod mixing;
mod privacy;
mod proofing_walks;
mod redirects;
mod registrations;
mod registry;
mod requests;
mod sessions;
mod sign_out;
mod storage;
mod tokens;
