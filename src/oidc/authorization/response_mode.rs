//! `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode 1.0, JARM §2.3).

use serde::{Deserialize, Serialize};

/// `response_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that the browser posts.
    FormPost,
    /// Signed, in the way that is usual for the response type: for a code, in the query (JARM §2.3.4).
    Jwt,
    /// Signed, in the query of a redirect (JARM §2.3.1).
    QueryJwt,
    /// Signed, in a form that the browser posts (JARM §2.3.3).
    FormPostJwt,
}

/// How a response is carried, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// The query of a redirect.
    Query,
    /// A form that the browser posts.
    Form,
}

/// Whether a response is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Its parameters are sent as they are.
    None,
    /// They are the claims of a JWT (JARM §2.1).
    Signed,
}

impl ResponseMode {
    /// All, in the order in which discovery lists them.
    pub(crate) const ALL: [Self; 5] = [Self::Query, Self::FormPost, Self::Jwt, Self::QueryJwt, Self::FormPostJwt];

    /// The value on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
            Self::Jwt => "jwt",
            Self::QueryJwt => "query.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// How the response is carried.
    pub(crate) const fn carrier(self) -> Carrier {
        match self {
            Self::Query | Self::Jwt | Self::QueryJwt => Carrier::Query,
            Self::FormPost | Self::FormPostJwt => Carrier::Form,
        }
    }

    /// Whether the response is signed.
    pub(crate) const fn protection(self) -> Protection {
        match self {
            Self::Query | Self::FormPost => Protection::None,
            Self::Jwt | Self::QueryJwt | Self::FormPostJwt => Protection::Signed,
        }
    }

    /// The mode of that name, if it is offered.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}
