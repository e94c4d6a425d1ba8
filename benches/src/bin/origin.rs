//! The origin as a process of its own: prints its port and the PEM of its certificate authority, and ends when its
//! standard input is closed.

use std::io::{Read, Write};

use benches::{Origin, Result};

fn main() -> Result<()> {
    let origin = Origin::start()?;
    println!("{}\n{}", origin.target().port, origin.target().ca_pem.trim_end());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
