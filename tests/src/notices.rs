//! What a request tells its callback.

use std::sync::{Arc, Mutex};

use openwinhttp::*;

use crate::fixtures::{Request, told};

/// The notices of a request: each as `Debug` shows it, but for the numbers of bytes, which are left out.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    /// Listens to these notices of a request from now on: `WINHTTP_CALLBACK_FLAG_*`.
    pub fn of(request: &Request, flags: u32) -> Notices {
        Notices::with(request, flags, |_| ())
    }

    /// As [`of`](Self::of), and does something more with each.
    pub fn with(request: &Request, flags: u32, act: impl Fn(Status<'_>) + Send + Sync + 'static) -> Notices {
        let notices = Notices::default();
        let heard = notices.clone();
        let callback = Callback::new(move |_, _, status| {
            heard.0.lock().unwrap().push(shown(&status));
            act(status);
        });
        told(|| WinHttpSetStatusCallback(request.handle, Some(callback), flags, 0)).unwrap();
        notices
    }

    /// Those since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn shown(status: &Status<'_>) -> String {
    match status {
        Status::RequestSent(_) => "RequestSent".to_owned(),
        Status::ResponseReceived(_) => "ResponseReceived".to_owned(),
        status => format!("{status:?}"),
    }
}
