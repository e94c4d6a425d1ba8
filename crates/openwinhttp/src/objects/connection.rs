//! Connections: a server that requests are made to. No socket is opened for one.

use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_net::{Origin, Way};
use openwinhttp_wire::Host;
use parking_lot::Mutex;

use super::{Children, Orphan, Place, Session};
use crate::errors::{Coded, Result, fail};
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
    plain: Mutex<Option<Arc<Route>>>,
    secure: Mutex<Option<Arc<Route>>>,
    pub(crate) children: Children,
    pub(crate) orphan: Orphan,
}

/// How requests of one scheme reach the server.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) origin: Arc<Origin>,
    pub(crate) host: Host,
    group: u64,
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
            plain: Mutex::default(),
            secure: Mutex::default(),
            children: Children::new(),
            orphan: Orphan::default(),
        }
    }

    /// The way to the server, found at the first request that is sent, and again when the session has begun to keep its
    /// connections for itself.
    pub(crate) fn route(&self, secure: bool) -> Result<Arc<Route>> {
        let known = if secure { &self.secure } else { &self.plain };
        let group = self.session.group();
        if let Some(route) = known.lock().as_ref().filter(|route| route.group == group) {
            return Ok(Arc::clone(route));
        }
        let (host, port) = self.server(secure);
        let route = Arc::new(Route::to(&self.session, &host, port, secure)?);
        *known.lock() = Some(Arc::clone(&route));
        Ok(route)
    }

    /// The server and its port.
    pub(crate) fn server(&self, secure: bool) -> (Host, u16) {
        let port = if self.port == INTERNET_DEFAULT_PORT { default_port(secure) } else { self.port };
        (self.host.clone(), port)
    }

    pub(crate) fn leave_parent(&self) {
        self.session.children.release(self.place);
    }
}

impl Route {
    /// The way to this server.
    pub(crate) fn to(session: &Session, host: &Host, port: u16, secure: bool) -> Result<Self> {
        Self::resolved_as(session, host, port, secure, None)
    }

    /// The way to this server, looked up under another name.
    pub(crate) fn resolved_as(
        session: &Session,
        host: &Host,
        port: u16,
        secure: bool,
        resolved_as: Option<&Host>,
    ) -> Result<Self> {
        let trust = secure.then(|| session.trust.lock().clone());
        let group = session.group();
        let way = Way { host, port, trust: trust.as_ref(), resolved_as, group, mode: session.mode };
        let origin = Origin::of(way).coded()?;
        let host_field = if port == default_port(secure) { host.to_string() } else { format!("{host}:{port}") };
        Ok(Self { origin, host: host.clone(), group, host_field })
    }

    /// `ERROR_WINHTTP_INVALID_URL` for the ports of other protocols, which a server there could be made to take the
    /// request for.
    pub(crate) fn check_port(&self) -> Result<()> {
        match self.origin.port() {
            21 | 25 | 70 | 110 | 119 | 143 => fail(ERROR_WINHTTP_INVALID_URL),
            _ => Ok(()),
        }
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { INTERNET_DEFAULT_HTTPS_PORT } else { INTERNET_DEFAULT_HTTP_PORT }
}
