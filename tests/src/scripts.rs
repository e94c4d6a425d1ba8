//! Scenarios as data: the scripts of `tests/scripts`, each a scripted peer, calls, and what is told of them in order.
//!
//! `tests/scripts/README.md` says how a script is written. [`play`] replays one in each mode it names and panics with
//! all that was heard if anything is missing, double, out of order, on the wrong thread or not what was expected.

mod calls;
mod ear;
mod judge;
mod notices;
mod peers;
mod player;
mod reader;
mod words;
mod world;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use self::player::Player;
use self::reader::{Mode, Script};

/// Replays a script, given its name and its text, in each mode it names.
///
/// # Panics
///
/// If the text is no script, or something else happens than it says.
pub fn play(name: &str, text: &str) {
    let script = Script::read(text).unwrap_or_else(|why| panic!("{name}: {why}"));
    for mode in script.modes.iter().copied() {
        (1..=TRIES).find(|attempt| has_played(name, &script, mode, *attempt));
    }
}

/// Plays it, and panics at what is wrong; `false` if that may be chance, and it is to be played again.
fn has_played(name: &str, script: &Script, mode: Mode, attempt: u32) -> bool {
    let Some(mut player) = Player::new(script, mode) else {
        println!("{name} is left out: this system has no silent ports");
        return true;
    };
    match player.play() {
        Ok(()) => true,
        Err(fault) if fault.may_be_chance && attempt < TRIES => {
            println!("{name}, {mode:?}, attempt {attempt}: {}", fault.why);
            player.abandon();
            false
        }
        Err(fault) => panic!("{name}, {mode:?}: {}", fault.why),
    }
}

/// The names of all scripts there are, in order, for a package whose manifest is in this folder or a folder above.
pub fn names(manifest_dir: &str) -> Vec<String> {
    let entries = folder(manifest_dir).read_dir().expect("the folder of scripts");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let scripts = paths.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let mut names: Vec<_> = scripts.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// The folder of scripts: `scripts` beside the manifest, or beside that of a package around it.
fn folder(manifest_dir: &str) -> PathBuf {
    let folders = Path::new(manifest_dir).ancestors().map(|above| above.join("scripts"));
    folders.into_iter().find(|folder| folder.is_dir()).expect("a folder of scripts")
}

/// So often in a row it is no chance, however busy the machine is.
const TRIES: u32 = 10;
