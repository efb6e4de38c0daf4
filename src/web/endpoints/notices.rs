//! `GET /privacy`, `GET /accessibility`, `GET /password`, and `GET /.well-known/change-password` (W3C, A Well-Known URL for Changing
//! Passwords).

use crate::web::answer::{page, see_other};
use crate::web::cookies;
use crate::web::pages::notice::{Notice, Subject};
use crate::web::visitor::Visitor;
use axum::http::StatusCode;
use axum::response::Response;

/// What is kept about a person.
pub(crate) async fn privacy(visitor: Visitor) -> Result<Response, Response> {
    Ok(notice(&visitor, Subject::Privacy))
}

/// How the pages can be used.
pub(crate) async fn accessibility(visitor: Visitor) -> Result<Response, Response> {
    Ok(notice(&visitor, Subject::Accessibility))
}

/// How a password is changed.
pub(crate) async fn password(visitor: Visitor) -> Result<Response, Response> {
    Ok(notice(&visitor, Subject::Password))
}

/// §3: password managers know this address and are sent on. They compare it with an address that no site has, so that one that answers
/// everything with a page is not believed: ours answers 404 there.
pub(crate) async fn change_password() -> Result<Response, Response> {
    Ok(see_other("/password"))
}

fn notice(visitor: &Visitor, subject: Subject) -> Response {
    let mut response = page(StatusCode::OK, &Notice { layout: visitor.layout(&[]), subject });
    if let Some(locale) = visitor.switched {
        cookies::set_language(response.headers_mut(), locale);
    }
    response
}
