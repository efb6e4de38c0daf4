//! A device code as a kiosk shows it, with its QR.

use crate::demo::device_party::Waiting;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// The smallest QR in CSS pixels: a telephone can read it at an arm's length.
const QR_PIXELS: u32 = 240;

/// A code and where it is typed.
pub(crate) struct CodeView {
    /// The code.
    pub(crate) user_code: String,
    /// The address.
    pub(crate) address: String,
    /// The address with the code in it, as a picture.
    pub(crate) qr: Option<String>,
}

impl CodeView {
    pub(crate) fn new(waiting: &Waiting) -> Self {
        Self {
            user_code: waiting.user_code().to_owned(),
            address: waiting.verification_uri().to_string(),
            qr: waiting.verification_uri_complete().and_then(qr),
        }
    }
}

/// A QR as an SVG element. Its quiet zone is part of it, and it is dark on light whatever the page's colours are: cameras need both.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(QR_PIXELS, QR_PIXELS).build();
    picture.find("<svg").map(|start| picture[start..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_is_an_element_of_the_page_with_its_quiet_zone() {
        let picture = qr("http://localhost:8080/device?user_code=WDJB-MJHT").unwrap();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"), "{picture}");
        assert!(picture.contains("#fff") && !picture.contains("WDJB"));
    }
}
