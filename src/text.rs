//! Text: Persian, Arabic and Latin digits; letters that look alike.

/// Persian (۰–۹) and Arabic (٠–٩) digits as Latin ones; everything else unchanged.
pub fn latin_digits(text: &str) -> String {
    text.chars().map(latin_digit).collect()
}

fn latin_digit(c: char) -> char {
    let zero = match c {
        '۰'..='۹' => '۰',
        '٠'..='٩' => '٠',
        _ => return c,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// Latin digits as Persian ones; everything else unchanged.
pub fn persian_digits(text: &str) -> String {
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(u32::from('۰') + d)).unwrap_or(c)).collect()
}
