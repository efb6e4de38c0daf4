//! What a stranger can use up before a handler runs: connections, heads, bodies; and whose address a request counts for. Over real
//! sockets, on addresses of 127.0.0.0/8.

mod bodies;
mod heads;
mod hosts;
mod http2;
mod proxies;
mod slots;
