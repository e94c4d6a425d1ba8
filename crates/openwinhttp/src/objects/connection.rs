//! Connections: a server that requests are made to. No socket is opened for one.

use std::sync::{Arc, OnceLock};

use openwinhttp_abi::*;
use openwinhttp_net::Origin;
use openwinhttp_wire::Host;

use super::{Children, Orphan, Place, Session};
use crate::errors::{Coded, Result};
use crate::notice::Listener;

/// What a connection handle holds.
#[derive(Debug)]
pub(crate) struct Connection {
    // Before the session: what is gone is told from the child to the parent.
    pub(crate) listener: Listener,
    pub(crate) session: Arc<Session>,
    place: Place,
    host: Host,
    port: u16,
    plain: OnceLock<Route>,
    secure: OnceLock<Route>,
    pub(crate) children: Children,
    pub(crate) orphan: Orphan,
}

/// How requests of one scheme reach the server.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) origin: Arc<Origin>,
    /// The value of the Host field.
    pub(crate) host_field: String,
}

impl Connection {
    pub(crate) fn new(session: Arc<Session>, place: Place, host: Host, port: u16) -> Self {
        Self {
            listener: session.listener.inherited(),
            session,
            place,
            host,
            port,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            children: Children::new(),
            orphan: Orphan::default(),
        }
    }

    /// The way to the server, found at the first request that is sent.
    pub(crate) fn route(&self, secure: bool) -> Result<&Route> {
        let known = if secure { &self.secure } else { &self.plain };
        if let Some(route) = known.get() {
            return Ok(route);
        }
        let default_port = if secure { INTERNET_DEFAULT_HTTPS_PORT } else { INTERNET_DEFAULT_HTTP_PORT };
        let port = if self.port == INTERNET_DEFAULT_PORT { default_port } else { self.port };
        let trust = secure.then(|| self.session.trust.lock().clone());
        let origin = Origin::of(&self.host, port, trust.as_ref()).coded()?;
        let host_field = if port == default_port { self.host.to_string() } else { format!("{}:{port}", self.host) };
        Ok(known.get_or_init(|| Route { origin, host_field }))
    }

    pub(crate) fn leave_parent(&self) {
        self.session.children.release(self.place);
    }
}
