//! The text of a message as the parts that go over the air: GSM 7-bit default alphabet where every character has it, else UCS-2
//! (3GPP TS 23.038 §6.2), and a header in front of each part that says how they belong together (3GPP TS 23.040 §9.2.3.24.8).

/// The default alphabet (3GPP TS 23.038 §6.2.1), by code. ESC (0x1B) is none of its characters.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension (§6.2.1.1): each of them is sent as ESC and this code.
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];
const ESC: u8 = 0x1B;

/// Units of one message and of one part of several: septets, and octets. The header takes seven octets of a part.
const GSM_UNITS: (usize, usize) = (160, 152);
const UCS2_UNITS: (usize, usize) = (140, 132);
/// The most parts that their header can count.
const MOST_PARTS: usize = 255;

/// How the parts are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// One octet for each septet, as message centres take it.
    Gsm,
    /// UTF-16, big-endian. Telephones read surrogates too.
    Ucs2,
}

/// A text in parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// How they are coded.
    pub(crate) coding: Coding,
    /// The user data of each, with its header if there are several.
    pub(crate) data: Vec<Vec<u8>>,
}

/// The parts of a text. `reference` tells them from the parts of other messages to the same telephone. `None` for a text that is too long
/// for any number of parts.
pub(crate) fn parts(text: &str, reference: u16) -> Option<Parts> {
    let gsm: Option<Vec<Vec<u8>>> = text.chars().map(gsm_character).collect();
    let (coding, characters, (alone, together)) = match gsm {
        Some(characters) => (Coding::Gsm, characters, GSM_UNITS),
        None => (Coding::Ucs2, text.chars().map(ucs2_character).collect(), UCS2_UNITS),
    };
    let whole: usize = characters.iter().map(Vec::len).sum();
    if whole <= alone {
        return Some(Parts { coding, data: vec![characters.concat()] });
    }
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new()];
    for character in characters {
        // A character is never cut: neither ESC from its code nor a pair of surrogates.
        match bodies.last_mut() {
            Some(last) if last.len() + character.len() <= together => last.extend(character),
            _ => bodies.push(character),
        }
    }
    let total = u8::try_from(bodies.len()).ok().filter(|_| bodies.len() <= MOST_PARTS)?;
    let [high, low] = reference.to_be_bytes();
    let with_header = |(body, number): (Vec<u8>, u8)| [vec![6, 8, 4, high, low, total, number], body].concat();
    Some(Parts { coding, data: bodies.into_iter().zip(1..=total).map(with_header).collect() })
}

fn gsm_character(sign: char) -> Option<Vec<u8>> {
    if let Some((_, code)) = EXTENSION.iter().find(|(known, _)| *known == sign) {
        return Some(vec![ESC, *code]);
    }
    let code = GSM.chars().position(|known| known == sign)?;
    u8::try_from(code).ok().filter(|code| *code != ESC).map(|code| vec![code])
}

fn ucs2_character(sign: char) -> Vec<u8> {
    let mut units = [0; 2];
    sign.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a telephone shows of UCS-2 parts.
    fn shown(parts: &Parts) -> String {
        let several = parts.data.len() > 1;
        let units = parts.data.iter().flat_map(|part| part[if several { 7 } else { 0 }..].chunks(2));
        let units: Vec<u16> = units.map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
        String::from_utf16(&units).expect("whole characters")
    }

    #[test]
    fn the_default_alphabet_has_its_characters_at_their_codes() {
        assert_eq!(GSM.chars().count(), 128);
        for (sign, code) in
            [('@', 0x00), ('Δ', 0x10), (' ', 0x20), ('0', 0x30), ('A', 0x41), ('§', 0x5F), ('¿', 0x60), ('a', 0x61), ('à', 0x7F)]
        {
            assert_eq!(gsm_character(sign), Some(vec![code]), "{sign}");
        }
        assert_eq!(gsm_character('€'), Some(vec![ESC, 0x65]));
        assert_eq!((gsm_character('\u{1b}'), gsm_character('ک')), (None, None));
    }

    #[test]
    fn a_latin_text_of_160_characters_is_one_part_and_one_more_makes_two() {
        let one = parts(&"a".repeat(160), 1).expect("parts");
        assert_eq!((one.coding, one.data.len(), one.data[0].len()), (Coding::Gsm, 1, 160));
        let two = parts(&"a".repeat(161), 0x0102).expect("parts");
        assert_eq!(two.data.iter().map(Vec::len).collect::<Vec<_>>(), [159, 16]);
        assert_eq!((&two.data[0][..7], &two.data[1][..7]), (&[6, 8, 4, 1, 2, 2, 1][..], &[6, 8, 4, 1, 2, 2, 2][..]));
        let escaped = parts(&"€".repeat(81), 1).expect("parts");
        assert!(escaped.data.iter().all(|part| part.last() == Some(&0x65)), "ESC and its code stay together");
    }

    #[test]
    fn a_persian_text_of_70_characters_is_one_part_and_one_more_makes_two() {
        assert_eq!(parts(&"ک".repeat(70), 1).map(|parts| parts.data.len()), Some(1));
        assert_eq!(parts(&"ک".repeat(71), 1).map(|parts| parts.data.len()), Some(2));
        assert_eq!(parts(&"ک".repeat(66 * 255 + 1), 1), None);
    }

    proptest! {
        #[test]
        fn a_telephone_shows_the_text_whole(text in "[ا-ی😀\u{200c} 0-9]{1,400}") {
            let parts = parts(&format!("{text}ک"), 7).expect("parts");
            prop_assert!(parts.data.iter().all(|part| part.len() <= 140));
            prop_assert_eq!(shown(&parts), format!("{text}ک"));
        }
    }
}
