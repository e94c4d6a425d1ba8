//! The origin as a process of its own: prints its port and the PEM of its certificate authority, and ends when its
//! standard input is closed.
//!
//! `origin hold` is the one that holds its answers back; it prints its port only.

use std::io::{Read, Write};

use benches::{Holder, Origin, Result};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let origin = Origin::start()?;
            print_and_wait(&format!("{}\n{}", origin.target().port, origin.target().ca_pem.trim_end()))
        }
        ["hold"] => print_and_wait(&Holder::start()?.port().to_string()),
        _ => Err("origin [hold]".into()),
    }
}

fn print_and_wait(text: &str) -> Result<()> {
    println!("{text}");
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
