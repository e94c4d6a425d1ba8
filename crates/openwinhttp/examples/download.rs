//! Downloads a file of any size, with a progress bar.
//!
//! `cargo run --release --example download -- URL -o FILE`
//!
//! The bytes go to `FILE.part`, which becomes FILE when all have come, and goes when anything fails: there is never half
//! a file, and what was there before stays until the new one is whole.
#![allow(clippy::print_stdout)]

mod target;

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use openwinhttp::*;
use target::Target;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, flag, file] = arguments.as_slice() else { return usage() };
    let Some(target) = Target::parse(url).filter(|_| flag == "-o") else { return usage() };
    match download(&target, Path::new(file)) {
        Ok(size) => {
            println!("{size} bytes in {file}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{url}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn download(target: &Target, file: &Path) -> std::result::Result<u64, Box<dyn Error>> {
    let session = Owned::new(WinHttpOpen(Some("download/1.0"), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, None, None, 0)?);
    let connect = Owned::new(WinHttpConnect(*session, &target.host, target.port, 0)?);
    let flags = if target.secure { WINHTTP_FLAG_SECURE } else { 0 };
    let request = Owned::new(WinHttpOpenRequest(*connect, None, Some(&target.path), None, None, None, flags)?);
    WinHttpSendRequest(*request, None, None, 0, 0)?;
    WinHttpReceiveResponse(*request)?;
    let status = WinHttpQueryHeaders(*request, WINHTTP_QUERY_STATUS_CODE, None, None)?.into_string();
    if status != "200" {
        return Err(format!("the server answers {status}").into());
    }
    let mut part = Part::create(file)?;
    let size = copy(*request, &mut part.file)?;
    part.keep(file)?;
    Ok(size)
}

/// Copies the body, showing how much of it, how fast, and how long yet.
fn copy(request: HINTERNET, file: &mut File) -> std::result::Result<u64, Box<dyn Error>> {
    let level = WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER64;
    let total = WinHttpQueryHeaders(request, level, None, None).ok().and_then(|value| value.number64());
    let bar = progress_bar(total)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = WinHttpReadData(request, &mut buffer)?;
        if count == 0 {
            bar.finish();
            return Ok(bar.position());
        }
        file.write_all(&buffer[..count])?;
        bar.inc(count as u64);
    }
}

fn progress_bar(total: Option<u64>) -> std::result::Result<ProgressBar, Box<dyn Error>> {
    let (bar, template) = match total {
        Some(total) => {
            (ProgressBar::new(total), "{bar:30} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left")
        }
        None => (ProgressBar::no_length(), "{spinner} {bytes}, {binary_bytes_per_sec}"),
    };
    bar.set_style(ProgressStyle::with_template(template)?);
    Ok(bar)
}

/// A file that is removed unless it is kept.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn create(file: &Path) -> std::result::Result<Self, Box<dyn Error>> {
        let mut path = file.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let part = Self { file: File::create(&path)?, path };
        let path = part.path.clone();
        ctrlc::set_handler(move || {
            let _ = std::fs::remove_file(&path);
            std::process::exit(130);
        })?;
        Ok(part)
    }

    fn keep(self, file: &Path) -> std::io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, file)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: download URL -o FILE");
    ExitCode::from(2)
}
