//! Downloads many files at once in one asynchronous session, with a progress bar for each.
//!
//! `cargo run --release --example async_download -- -j 8 URL...` gets up to 8 at once and keeps each in the current
//! folder, under the last name of its URL. Without URLs it downloads files from a server in this process, and compares.
//!
//! The thread of `main` only starts the downloads. All else happens in the status callback, a step at each completion.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, reason = "a program may wait")]

mod target;

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use openwinhttp::*;
use target::Target;
use testserver::serve::{Response, Server};

type Outcome<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let Some((at_once, urls)) = arguments() else { return usage() };
    let server = urls.is_empty().then(|| Server::http(|request| answer(request.target())));
    let downloads = match &server {
        Some(server) => (0..FILES).map(|number| Download::of_server(server.port(), number)).collect(),
        None => urls.iter().map(|url| Download::of_url(url)).collect::<Option<Vec<_>>>(),
    };
    let Some(downloads) = downloads else { return usage() };
    let downloads = Arc::new(downloads);
    if let Err(error) = download_all(&downloads, at_once) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let good = downloads.iter().filter(|download| download.report()).count();
    if good == downloads.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Starts each download as soon as there are less than `at_once`, and waits for all.
fn download_all(downloads: &Arc<Vec<Download>>, at_once: usize) -> Outcome<()> {
    let (sender, ended) = mpsc::channel();
    let session = open_session(Arc::clone(downloads), sender)?;
    let bars = MultiProgress::new();
    let (mut connects, mut running) = (Vec::new(), 0);
    for (number, download) in downloads.iter().enumerate() {
        if running == at_once {
            ended.recv()?;
            running -= 1;
        }
        bars.add(download.bar.clone());
        download.show_bar(None)?;
        let connect = Owned::new(WinHttpConnect(*session, &download.target.host, download.target.port, 0)?);
        start(*connect, download, number + 1)?;
        // Closed any earlier, it would take its request along.
        connects.push(connect);
        running += 1;
    }
    for _ in 0..running {
        ended.recv()?;
    }
    Ok(())
}

/// A session whose requests are downloads. The context value of each request is the number of its download, from 1.
fn open_session(downloads: Arc<Vec<Download>>, ended: mpsc::Sender<()>) -> Result<Owned> {
    let access = WINHTTP_ACCESS_TYPE_DEFAULT_PROXY;
    let session = Owned::new(WinHttpOpen(Some("async_download/1.0"), access, None, None, WINHTTP_FLAG_ASYNC)?);
    let callback = Callback::new(move |request, context, status| {
        let Some(download) = context.checked_sub(1).and_then(|number| downloads.get(number)) else { return };
        match status {
            // The last notice of a handle, and the sign that nothing works for it any more.
            Status::HandleClosing(_) => drop(ended.send(())),
            status => download.go_on(request, status),
        }
    });
    let flags = WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES;
    WinHttpSetStatusCallback(*session, Some(callback), flags, 0)?;
    Ok(session)
}

/// From here on a download ends with HANDLE_CLOSING, whatever happens.
fn start(connect: HINTERNET, download: &Download, context: usize) -> Result<()> {
    let flags = if download.target.secure { WINHTTP_FLAG_SECURE } else { 0 };
    let request = WinHttpOpenRequest(connect, None, Some(&download.target.path), None, None, None, flags)?;
    WinHttpSetOption(request, WINHTTP_OPTION_CONTEXT_VALUE, context)?;
    if let Err(error) = WinHttpSendRequest(request, None, None, 0, 0) {
        download.end(request, Err(error.into()));
    }
    Ok(())
}

/// A file that is downloaded.
struct Download {
    name: String,
    target: Target,
    /// What it has to be, where that is known.
    expected: Option<Sum>,
    bar: ProgressBar,
    got: Mutex<Got>,
}

/// What has come so far.
#[derive(Default)]
struct Got {
    file: Option<File>,
    sum: Sum,
    failure: Option<String>,
}

impl Download {
    fn of_url(url: &str) -> Option<Self> {
        let target = Target::parse(url)?;
        let name = target.path.split('?').next()?.rsplit('/').next().filter(|name| !name.is_empty());
        Some(Self::new(name.unwrap_or("index.html").into(), target, None))
    }

    fn of_server(port: u16, number: usize) -> Option<Self> {
        let target = Target { secure: false, host: "localhost".into(), port, path: format!("/{number}") };
        Some(Self::new(format!("file {number}"), target, Some(Sum::of(&content(number)))))
    }

    fn new(name: String, target: Target, expected: Option<Sum>) -> Self {
        Self { name, target, expected, bar: ProgressBar::no_length(), got: Mutex::default() }
    }

    /// Makes the next call. It may complete inside of that call, so no lock is held over it.
    fn go_on(&self, request: HINTERNET, status: Status<'_>) {
        let next = match status {
            Status::SendRequestComplete => WinHttpReceiveResponse(request).map_err(Box::from),
            Status::HeadersAvailable => self.begin(request),
            Status::ReadComplete { count: 0, .. } => return self.end(request, Ok(())),
            Status::ReadComplete { buffer, count } => self.keep(request, buffer, count),
            Status::RequestError { error, .. } => Err(openwinhttp::Error::from_code(error).into()),
            _ => return,
        };
        if next.is_err() {
            self.end(request, next);
        }
    }

    /// The head is there.
    fn begin(&self, request: HINTERNET) -> Outcome<()> {
        let status = WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE, None, None)?.into_string();
        if status != "200" {
            return Err(format!("the server answers {status}").into());
        }
        let level = WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER64;
        let length = WinHttpQueryHeaders(request, level, None, None).ok().and_then(|value| value.number64());
        length.map_or(Ok(()), |length| self.show_bar(Some(length)))?;
        if self.expected.is_none() {
            self.got().file = Some(File::create_new(&self.name)?);
        }
        Ok(WinHttpReadDataBuffer(request, vec![0; 64 * 1024])?)
    }

    /// Some of the body is there; its buffer is lent to the next read.
    fn keep(&self, request: HINTERNET, buffer: Vec<u8>, count: usize) -> Outcome<()> {
        self.got().add(&buffer[..count])?;
        self.bar.inc(count as u64);
        Ok(WinHttpReadDataBuffer(request, buffer)?)
    }

    /// Nothing is under way, so that HANDLE_CLOSING comes next.
    fn end(&self, request: HINTERNET, outcome: Outcome<()>) {
        self.bar.finish();
        self.got().end(&self.name, outcome);
        let _ = WinHttpCloseHandle(request);
    }

    fn show_bar(&self, length: Option<u64>) -> Outcome<()> {
        let template = match length {
            Some(_) => "{msg:20} {bar:30} {bytes} of {total_bytes}, {eta} left",
            None => "{msg:20} {spinner} {bytes}",
        };
        self.bar.set_style(ProgressStyle::with_template(template)?);
        self.bar.set_message(self.name.clone());
        length.into_iter().for_each(|length| self.bar.set_length(length));
        Ok(())
    }

    /// Prints a line about it; whether all is well.
    fn report(&self) -> bool {
        let got = self.got();
        let (is_good, verdict) = match (&got.failure, &self.expected) {
            (Some(failure), _) => (false, failure.as_str()),
            (None, Some(expected)) if got.sum != *expected => (false, "not what the server has"),
            (None, Some(_)) => (true, "as the server has it"),
            (None, None) => (true, "done"),
        };
        println!("{}: {}, {verdict}", self.name, got.sum);
        is_good
    }

    fn got(&self) -> impl std::ops::DerefMut<Target = Got> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Got {
    fn add(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.sum.add(bytes);
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    /// Half a file does not stay.
    fn end(&mut self, name: &str, outcome: Outcome<()>) {
        self.failure = outcome.err().map(|error| error.to_string());
        if self.file.take().is_some() && self.failure.is_some() {
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Length and checksum (FNV-1a) of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    length: u64,
    hash: u64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { length: 0, hash: 0xCBF2_9CE4_8422_2325 }
    }
}

impl Sum {
    fn of(bytes: &[u8]) -> Self {
        let mut sum = Self::default();
        sum.add(bytes);
        sum
    }

    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.hash = bytes.iter().fold(self.hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3));
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, checksum {:016x}", self.length, self.hash)
    }
}

/// The server's files, each by its number; every other one comes in chunks, without its length.
fn answer(path: &str) -> Response {
    match path[1..].parse() {
        Ok(number) if number < FILES && number % 2 == 0 => Response::new(200).body(content(number)),
        Ok(number) if number < FILES => Response::new(200).chunked(10_000, content(number).into()),
        _ => Response::new(404),
    }
}

/// Bytes that differ from file to file, and from place to place.
fn content(number: usize) -> Vec<u8> {
    let length = 300_000 * number;
    (0..length).map(|place| ((place * (2 * number + 1)) >> 7) as u8 ^ place as u8).collect()
}

/// How many at once, and the URLs.
fn arguments() -> Option<(usize, Vec<String>)> {
    let mut urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.first().is_none_or(|first| first != "-j") {
        return Some((4, urls));
    }
    let at_once = urls.get(1)?.parse().ok().filter(|at_once| *at_once > 0)?;
    Some((at_once, urls.split_off(2)))
}

fn usage() -> ExitCode {
    eprintln!("usage: async_download [-j COUNT] [URL...]");
    ExitCode::from(2)
}

const FILES: usize = 12;
