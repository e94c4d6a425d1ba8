//! `cargo xtask install`: the C library with its header, and the files by which pkg-config and CMake find it.
//!
//! What is installed may be moved as a whole: no file knows where it is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;

use crate::{Outcome, Result};

pub(crate) fn run(words: &[String]) -> Outcome {
    let Some(options) = Options::parse(words)? else {
        println!("{HELP}");
        return Ok(());
    };
    let system = options.system()?;
    let built = Built::new(&options)?;
    let installation = Installation { prefix: &options.prefix, system, built: &built };
    installation.install()
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
struct Options {
    prefix: PathBuf,
    target: Option<String>,
}

impl Options {
    /// Parses `words`; `None` when the help text was asked for.
    fn parse(words: &[String]) -> Result<Option<Self>> {
        let (mut prefix, mut target) = (None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "-h" | "--help" => return Ok(None),
                "--prefix" => &mut prefix,
                "--target" => &mut target,
                _ => return Err(format!("unknown argument {word:?}; --help lists them").into()),
            };
            *place = Some(words.next().ok_or_else(|| format!("{word} needs a value"))?.clone());
        }
        let prefix = prefix.ok_or("--prefix is missing")?.into();
        Ok(Some(Self { prefix, target }))
    }

    /// The words that choose the target, for cargo and rustc.
    fn target_words(&self) -> impl Iterator<Item = &str> {
        self.target.iter().flat_map(|target| ["--target", target])
    }

    fn system(&self) -> Result<&'static System> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "cfg"]).args(self.target_words()).output()?;
        let settings = String::from_utf8(output.stdout)?;
        if !output.status.success() {
            return Err(format!("rustc does not know the target: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        System::of(&settings).ok_or_else(|| "nobody has written down how to install on this system".into())
    }
}

/// What cargo built.
struct Built {
    files: Vec<PathBuf>,
    /// What a program needs in addition when it links the static library.
    system_libraries: String,
}

impl Built {
    fn new(options: &Options) -> Result<Self> {
        let mut build = cargo();
        build.args(BUILD).args(options.target_words()).args(["--", "--print", "native-static-libs"]);
        let output = build.stderr(Stdio::inherit()).output()?;
        let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        let messages = messages.collect::<std::result::Result<Vec<Value>, _>>()?;
        print_complaints(&messages);
        if !output.status.success() {
            return Err("the library could not be built".into());
        }
        Ok(Self { files: library_files(&messages), system_libraries: system_libraries(&messages)? })
    }

    fn file(&self, name: &str) -> Result<&Path> {
        let file = self.files.iter().find(|file| file.file_name().is_some_and(|it| it == name));
        file.map(PathBuf::as_path).ok_or_else(|| format!("cargo has built no {name}").into())
    }
}

/// Cargo, in the folder of the workspace.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    forget_the_package(&mut cargo);
    cargo
}

/// What cargo tells this program about its package would look like a change to another cargo, which would build much
/// anew.
pub(crate) fn forget_the_package(command: &mut Command) {
    let about_the_package = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in env::vars().map(|(name, _)| name).filter(about_the_package) {
        command.env_remove(name);
    }
}

fn print_complaints(messages: &[Value]) {
    let complaints = messages.iter().map(|it| &it["message"]).filter(|it| it["level"] != "note");
    for text in complaints.filter_map(|it| it["rendered"].as_str()) {
        eprint!("{text}");
    }
}

fn library_files(messages: &[Value]) -> Vec<PathBuf> {
    let artifacts = messages.iter().filter(|it| it["target"]["name"] == "winhttp");
    let files = artifacts.filter_map(|it| it["filenames"].as_array()).flatten();
    files.filter_map(Value::as_str).map(PathBuf::from).collect()
}

fn system_libraries(messages: &[Value]) -> Result<String> {
    let texts = messages.iter().filter_map(|it| it["message"]["message"].as_str());
    let libraries = texts.filter_map(|it| it.strip_prefix("native-static-libs: ")).next_back();
    Ok(libraries.ok_or("rustc does not tell what the static library needs")?.trim().to_owned())
}

/// Files on their way to their places.
struct Installation<'a> {
    prefix: &'a Path,
    system: &'a System,
    built: &'a Built,
}

impl Installation<'_> {
    fn install(&self) -> Outcome {
        for name in self.system.headers {
            self.copy(&root().join("include").join(name), &format!("include/{name}"))?;
        }
        for (name, place) in self.system.libraries {
            self.copy(self.built.file(name)?, &self.filled(place))?;
        }
        if self.system.decorates {
            self.make_import_library()?;
        }
        for (place, leads_to) in self.system.links {
            self.link(&self.filled(place), &self.filled(leads_to))?;
        }
        for (template, place) in TEMPLATES {
            let text = fs::read_to_string(root().join(template))?;
            fs::write(self.place(place)?, self.filled(&text))?;
        }
        Ok(())
    }

    /// An import library for C on 32-bit Windows: C calls a function by a name with the number of bytes that it takes, and
    /// the library exports it without. The import library of rustc has it without in both places.
    fn make_import_library(&self) -> Outcome {
        let mut nm = tool("nm");
        let symbols = nm.args(["--defined-only", "--format=posix"]).arg(self.built.file("libwinhttp.a")?).output()?;
        let definition = self.place("lib/winhttp.def")?;
        fs::write(&definition, definition_of(&String::from_utf8_lossy(&symbols.stdout)))?;
        let mut dlltool = tool("dlltool");
        dlltool.args(["--kill-at", "--dllname", "winhttp.dll", "--input-def"]).arg(&definition);
        let status = dlltool.arg("--output-lib").arg(self.place(self.system.import)?).status()?;
        if status.success() { Ok(()) } else { Err("dlltool has failed".into()) }
    }

    fn copy(&self, from: &Path, place: &str) -> Outcome {
        let to = self.place(place)?;
        fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
        Ok(())
    }

    /// A link beside the file that it leads to; a copy where there are no such links.
    fn link(&self, place: &str, leads_to: &str) -> Outcome {
        let link = self.place(place)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(leads_to, link)?;
        #[cfg(not(unix))]
        fs::copy(link.with_file_name(leads_to), link)?;
        Ok(())
    }

    /// A place under the prefix: its folder is there, and it is free. A program that runs keeps the file it has.
    fn place(&self, place: &str) -> Result<PathBuf> {
        let path = self.prefix.join(place);
        fs::create_dir_all(path.parent().unwrap_or(self.prefix))?;
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path)?;
        }
        println!("{}", path.display());
        Ok(path)
    }

    fn filled(&self, text: &str) -> String {
        let text = text.replace("@SYSTEM_LIBRARIES@", &self.built.system_libraries);
        let text = text.replace("@SHARED_LIBRARY@", self.system.shared).replace("@IMPORT_LIBRARY@", self.system.import);
        text.replace("@VERSION@", VERSION).replace("@MAJOR@", MAJOR)
    }
}

/// A tool of mingw for 32-bit Windows.
fn tool(name: &str) -> Command {
    Command::new(if cfg!(windows) { name.into() } else { format!("i686-w64-mingw32-{name}") })
}

/// The functions among `symbols`, the lines of `nm` (`_Name@bytes T ..`), as a module definition.
fn definition_of(symbols: &str) -> String {
    let names = symbols.lines().filter_map(|line| line.strip_prefix('_')?.split_once(" T ")).map(|(name, _)| name);
    let functions = names.filter(|name| name.starts_with("WinHttp"));
    functions.fold("LIBRARY winhttp.dll\nEXPORTS\n".into(), |text, name| text + name + "\n")
}

/// What goes where on a kind of system. `@VERSION@` and `@MAJOR@` stand for the version and its first number.
#[derive(Debug)]
struct System {
    /// Settings of rustc that tell it.
    signs: &'static [&'static str],
    headers: &'static [&'static str],
    /// The names that cargo gives, and the places.
    libraries: &'static [(&'static str, &'static str)],
    /// Links, and the names beside them that they lead to.
    links: &'static [(&'static str, &'static str)],
    /// What a program loads.
    shared: &'static str,
    /// What a program is linked with instead, on Windows.
    import: &'static str,
    /// Whether names of functions in C have the number of bytes that these take. Then the import library has to be made.
    decorates: bool,
}

impl System {
    /// The first whose signs are all among `settings`, the lines of `rustc --print cfg`.
    fn of(settings: &str) -> Option<&'static Self> {
        let has = |sign: &&str| settings.lines().any(|line| line == *sign);
        SYSTEMS.iter().find(|system| system.signs.iter().all(has))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const SYSTEMS: &[System] = &[
    System {
        signs: &["target_os=\"windows\"", "target_env=\"gnu\"", "target_arch=\"x86\""],
        headers: &["winhttp.h"],
        libraries: &[("winhttp.dll", "bin/winhttp.dll"), ("libwinhttp.a", "lib/libwinhttp.a")],
        links: &[],
        shared: "bin/winhttp.dll",
        import: "lib/libwinhttp.dll.a",
        decorates: true,
    },
    System {
        signs: &["target_os=\"windows\"", "target_env=\"gnu\""],
        headers: &["winhttp.h"],
        libraries: &[
            ("winhttp.dll", "bin/winhttp.dll"),
            ("libwinhttp.dll.a", "lib/libwinhttp.dll.a"),
            ("libwinhttp.a", "lib/libwinhttp.a"),
        ],
        links: &[],
        shared: "bin/winhttp.dll",
        import: "lib/libwinhttp.dll.a",
        decorates: false,
    },
    System {
        signs: &["target_os=\"macos\""],
        headers: &["winhttp.h", "openwinhttp/windows.h"],
        libraries: &[("libwinhttp.dylib", "lib/libwinhttp.@VERSION@.dylib"), ("libwinhttp.a", "lib/libwinhttp.a")],
        links: &[
            ("lib/libwinhttp.@MAJOR@.dylib", "libwinhttp.@VERSION@.dylib"),
            ("lib/libwinhttp.dylib", "libwinhttp.@MAJOR@.dylib"),
        ],
        shared: "lib/libwinhttp.@MAJOR@.dylib",
        import: "",
        decorates: false,
    },
    System {
        signs: &["unix"],
        headers: &["winhttp.h", "openwinhttp/windows.h"],
        libraries: &[("libwinhttp.so", "lib/libwinhttp.so.@VERSION@"), ("libwinhttp.a", "lib/libwinhttp.a")],
        links: &[
            ("lib/libwinhttp.so.@MAJOR@", "libwinhttp.so.@VERSION@"),
            ("lib/libwinhttp.so", "libwinhttp.so.@MAJOR@"),
        ],
        shared: "lib/libwinhttp.so.@MAJOR@",
        import: "",
        decorates: false,
    },
];

/// Texts with gaps to fill in, and their places.
const TEMPLATES: &[(&str, &str)] = &[
    ("crates/clib/install/winhttp.pc.in", "lib/pkgconfig/winhttp.pc"),
    ("crates/clib/install/WinHttpConfig.cmake.in", "lib/cmake/WinHttp/WinHttpConfig.cmake"),
    ("crates/clib/install/WinHttpConfigVersion.cmake.in", "lib/cmake/WinHttp/WinHttpConfigVersion.cmake"),
];

const BUILD: &[&str] =
    &["rustc", "--quiet", "--release", "--package", "openwinhttp-c", "--lib", "--message-format", "json"];

/// All members of the workspace have one version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");

const HELP: &str = "\
cargo xtask install --prefix DIR [--target TRIPLE]

Builds the C library and puts it into DIR, which is made if it is not there:

  include/           winhttp.h
  lib/               the library, shared and static (the shared one of Windows is in bin/)
  lib/pkgconfig/     for pkg-config
  lib/cmake/         for CMake: find_package(WinHttp), target WinHttp::WinHttp

DIR may be moved afterwards.

  --prefix DIR       where to install
  --target TRIPLE    for another system than this one; rustup and a linker for it have to be there";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_line_is_read() {
        let options = parse("--target t --prefix p").unwrap().unwrap();
        assert_eq!(options, Options { prefix: "p".into(), target: Some("t".into()) });
        assert_eq!(options.target_words().collect::<Vec<_>>(), ["--target", "t"]);
        assert_eq!(parse("--prefix p").unwrap().unwrap().target_words().count(), 0);
        assert_eq!(parse("--help").unwrap(), None);
        for wrong in ["", "--prefix", "--target t", "prefix p"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn each_system_has_names_of_its_own() {
        let shared = |settings: &str| System::of(settings).map(|system| system.shared);
        assert_eq!(shared("target_os=\"windows\"\ntarget_env=\"gnu\"\nwindows"), Some("bin/winhttp.dll"));
        assert_eq!(shared("unix\ntarget_os=\"macos\""), Some("lib/libwinhttp.@MAJOR@.dylib"));
        assert_eq!(shared("unix\ntarget_os=\"linux\""), Some("lib/libwinhttp.so.@MAJOR@"));
        assert_eq!(shared("target_os=\"none\""), None);
    }

    #[test]
    fn c_on_32_bit_windows_gets_an_import_library_of_its_own() {
        let settings = "target_os=\"windows\"\ntarget_env=\"gnu\"\ntarget_arch=\"x86\"";
        assert!(System::of(settings).unwrap().decorates);
        assert!(!System::of(&settings.replace("x86", "x86_64")).unwrap().decorates);
        let symbols =
            "_WinHttpOpen@20 T 0 \n__RNv11WinHttpOpen@20 T 0 \n_WinHttpA@4 U 0 \nother.o:\n_WinHttpB@8 T 10 \n";
        assert_eq!(definition_of(symbols), "LIBRARY winhttp.dll\nEXPORTS\nWinHttpOpen@20\nWinHttpB@8\n");
    }

    #[test]
    fn cargo_tells_files_and_system_libraries() {
        let messages = [
            r#"{"target": {"name": "winhttp"}, "filenames": ["/t/libwinhttp.so", "/t/libwinhttp.a"]}"#,
            r#"{"target": {"name": "other"}, "filenames": ["/t/libother.a"]}"#,
            r#"{"target": {"name": "winhttp"}, "message": {"level": "note", "message": "native-static-libs: -lm -lc"}}"#,
        ];
        let messages: Vec<Value> = messages.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
        let built = Built { files: library_files(&messages), system_libraries: system_libraries(&messages).unwrap() };
        assert_eq!(built.system_libraries, "-lm -lc");
        assert_eq!(built.file("libwinhttp.a").unwrap(), Path::new("/t/libwinhttp.a"));
        assert!(built.file("libother.a").is_err());
        assert!(system_libraries(&messages[..2]).is_err());
    }
}
