//! Downloads several files at once with `async` and `await`, over an executor of a few lines.
//!
//! `cargo run --release --features future --example await_download -- URL...` prints how long each is. Without URLs it
//! downloads files from a server in this process, and compares.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, reason = "an executor may wait")]

mod target;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use openwinhttp::{future::Request, *};
use target::Target;
use testserver::serve::{Response, Server};

fn main() -> ExitCode {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    let server = urls.is_empty().then(|| Server::http(|request| answer(request.target())));
    let targets = match &server {
        Some(server) => PATHS.iter().map(|path| Target::parse(&server.url(path))).collect(),
        None => urls.iter().map(|url| Target::parse(url)).collect::<Option<Vec<_>>>(),
    };
    let Some(targets) = targets else { return usage() };
    match download_all(&targets, server.is_some()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn download_all(targets: &[Target], compare: bool) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let access = WINHTTP_ACCESS_TYPE_DEFAULT_PROXY;
    let session = Owned::new(WinHttpOpen(Some("await_download/1.0"), access, None, None, WINHTTP_FLAG_ASYNC)?);
    let downloads = targets.iter().map(|target| download(*session, target)).collect();
    for (target, outcome) in targets.iter().zip(block_on(all(downloads))) {
        let (status, body) = outcome?;
        println!("{}: status {status}, {} bytes", target.path, body.len());
        if compare && body != content(&target.path) {
            return Err("that is not what the server has".into());
        }
    }
    Ok(())
}

/// A download from beginning to end: what the callback of another program would have to take apart.
async fn download(session: HINTERNET, target: &Target) -> Result<(String, Vec<u8>)> {
    let connect = Owned::new(WinHttpConnect(session, &target.host, target.port, 0)?);
    let flags = if target.secure { WINHTTP_FLAG_SECURE } else { 0 };
    let request = WinHttpOpenRequest(*connect, None, Some(&target.path), None, None, None, flags)?;
    let mut request = Request::new(request)?;
    request.send(None, None, 0).await?;
    request.receive().await?;
    let status = WinHttpQueryHeaders(*request, WINHTTP_QUERY_STATUS_CODE, None, None)?.into_string();
    Ok((status, read_to_end(&mut request).await?))
}

async fn read_to_end(request: &mut Request) -> Result<Vec<u8>> {
    let (mut body, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let (data, count) = request.read(buffer).await?;
        if count == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&data[..count]);
        buffer = data;
    }
}

/// Runs all of these at once; gives what each has given.
async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, done) in running.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// The executor: one task, on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn answer(path: &str) -> Response {
    Response::new(200).body(content(path))
}

fn content(path: &str) -> Vec<u8> {
    path.repeat(100_000).into_bytes()
}

fn usage() -> ExitCode {
    eprintln!("usage: await_download [URL...]");
    ExitCode::from(2)
}

const PATHS: [&str; 3] = ["/one", "/another", "/the-last"];
