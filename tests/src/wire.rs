//! What a request looks like to the peer.

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
