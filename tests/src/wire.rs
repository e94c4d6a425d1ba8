//! What a request looks like to the peer, and answers that many scenarios need.

use testserver::{Peer, Request};

/// Lets `act` send one request to a peer on the port it is given, and gives what arrived there, body and all.
#[track_caller]
pub fn sent_by(act: impl FnOnce(u16)) -> Request {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect_with_body("");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    act(peer.port());
    let request = peer.requests().pop();
    peer.finish();
    request.expect("a request")
}

/// A peer that has these answers for the requests of one connection, in order. It reads each request body and all.
pub fn answers<R: Into<Vec<u8>>>(replies: impl IntoIterator<Item = R>) -> Peer {
    let replies: Vec<Vec<u8>> = replies.into_iter().map(Into::into).collect();
    Peer::script(move |p| {
        let mut c = p.accept();
        for reply in replies {
            c.expect_with_body("");
            c.reply(reply);
        }
    })
}

/// An answer without a body that leads to this place.
pub fn redirect(status: u32, location: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}
