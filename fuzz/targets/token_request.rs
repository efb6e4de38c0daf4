#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| panjereh_fuzz::token_request::check(data));
