//! The listener: the loop that accepts connections, and the layers around every request. A connection and its bounds are in `edge/`.

pub(crate) mod head;
pub(crate) mod layers;
pub mod serve;
