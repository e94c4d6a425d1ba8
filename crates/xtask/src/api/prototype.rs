//! A prototype in C, and whether it agrees with the signature in Rust.

use super::{Function, Module, Param, Type};
use crate::Result;

/// A prototype without what surrounds it in the header: `BOOL WinHttpCloseHandle(HINTERNET hInternet)`.
#[derive(Debug, PartialEq)]
pub(crate) struct Prototype {
    pub(crate) returns: String,
    pub(crate) name: String,
    /// Each parameter with its type.
    pub(crate) params: Vec<String>,
}

impl Prototype {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let bad = || format!("{text:?} is no prototype");
        let (head, tail) = text.split_once('(').ok_or_else(bad)?;
        let params = tail.strip_suffix(')').ok_or_else(bad)?;
        let (returns, name) = head.rsplit_once(' ').ok_or_else(bad)?;
        let params = params.split(", ").filter(|param| !["void", "VOID"].contains(param));
        Ok(Self { returns: returns.into(), name: name.into(), params: params.map(str::to_owned).collect() })
    }

    /// How the signature in `module` is another one; names are compared without their case.
    pub(crate) fn difference(&self, function: &Function, module: &Module) -> Option<String> {
        let ours = self.params.iter().map(|param| parameter(param));
        let theirs = function.params.iter().map(|param| Param { ty: in_rust(&param.ty, module), ..param.clone() });
        let (ours, theirs): (Vec<_>, Vec<_>) = (ours.collect(), theirs.collect());
        let returned = (in_c(&self.returns, module), in_rust(&function.returns, module));
        if returned.0 != returned.1 {
            return Some(format!("gives {:?} in C and {:?} in Rust", returned.0, returned.1));
        }
        if ours.len() != theirs.len() {
            return Some(format!("takes {} parameters in C and {} in Rust", ours.len(), theirs.len()));
        }
        ours.iter().zip(&theirs).find_map(|(ours, theirs)| differing(ours, theirs, module))
    }
}

fn differing(ours: &Param, theirs: &Param, module: &Module) -> Option<String> {
    let ty = in_c(&ours.ty.base, module).behind(ours.ty.pointers);
    let is_same = ours.name.eq_ignore_ascii_case(&theirs.name) && ty == theirs.ty;
    (!is_same).then(|| format!("takes {} ({ty:?}) in C and {} ({:?}) in Rust", ours.name, theirs.name, theirs.ty))
}

/// `const GUID *pGuid` as a name and a type that is still called as in C.
fn parameter(text: &str) -> Param {
    let is_name = |byte: char| byte.is_alphanumeric() || byte == '_';
    let (ty, name) = text.split_at(text.rfind(|byte| !is_name(byte)).map_or(0, |at| at + 1));
    let pointers = ty.matches('*').count();
    let base = ty.trim_start_matches("const ").trim_end_matches(['*', ' ']);
    Param { name: name.into(), ty: Type::named(base).behind(pointers) }
}

/// What a type of C is to the machine.
fn in_c(name: &str, module: &Module) -> Type {
    let known = C_TYPES.iter().find(|(c, ..)| *c == name);
    if let Some((_, rust, pointers)) = known {
        return Type::named(rust).behind(*pointers);
    }
    let is_struct = |name: &str| module.structs.iter().any(|known| known.name == name);
    let pointee = ["LP", "P"].iter().find_map(|prefix| name.strip_prefix(prefix));
    match pointee.filter(|pointee| is_struct(pointee)) {
        Some(pointee) => Type::named(pointee).behind(1),
        None => in_rust(&Type::named(name), module),
    }
}

/// What a type of windows-sys is to the machine: its aliases are gone.
fn in_rust(ty: &Type, module: &Module) -> Type {
    let known = RUST_ALIASES.iter().find(|(alias, ..)| *alias == ty.base);
    if let Some((_, base, pointers)) = known {
        return Type { base: (*base).into(), ..ty.clone() }.behind(*pointers);
    }
    match module.integers.iter().find(|(name, _)| *name == ty.base) {
        Some((_, integer)) => Type { base: integer.base.clone(), ..ty.clone() },
        None => ty.clone(),
    }
}

/// Types of C: the type of Rust, and behind how many pointers it stands.
const C_TYPES: &[(&str, &str, usize)] = &[
    ("BOOL", "i32", 0),
    ("BYTE", "u8", 0),
    ("DWORD", "u32", 0),
    ("DWORD_PTR", "usize", 0),
    ("HINTERNET", "c_void", 1),
    ("INTERNET_PORT", "u16", 0),
    ("LPCVOID", "c_void", 1),
    ("LPCWSTR", "u16", 1),
    ("LPDWORD", "u32", 1),
    ("LPVOID", "c_void", 1),
    ("LPWSTR", "u16", 1),
    ("PCWSTR", "u16", 1),
    ("PDWORD", "u32", 1),
    ("PVOID", "c_void", 1),
    ("UINT", "u32", 0),
    ("ULONGLONG", "u64", 0),
    ("USHORT", "u16", 0),
    ("VOID", "c_void", 0),
    ("WINHTTP_PROXY_CHANGE_REGISTRATION_HANDLE", "c_void", 1),
    ("int", "i32", 0),
];

/// Names of windows-sys for types that stand in other modules.
const RUST_ALIASES: &[(&str, &str, usize)] = &[("BOOL", "i32", 0), ("PCWSTR", "u16", 1), ("PWSTR", "u16", 1)];

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        windows_link::link!(\"a\" \"system\" fn F(hname : *mut core::ffi::c_void, ps : *const S, e : E) -> BOOL);
        pub struct S { pub a: u8 } pub type E = i32;";

    #[test]
    fn parts_of_a_prototype() {
        let prototype = Prototype::parse("BOOL F(HINTERNET hName, const GUID *pGuid)").unwrap();
        assert_eq!((prototype.returns.as_str(), prototype.name.as_str()), ("BOOL", "F"));
        assert_eq!(prototype.params, ["HINTERNET hName", "const GUID *pGuid"]);
        assert_eq!(Prototype::parse("BOOL F(void)").unwrap().params, [""; 0]);
        for bad in ["BOOL F", "F(void)", "BOOL F(void);"] {
            assert!(Prototype::parse(bad).is_err(), "{bad}");
        }
        let pointer = parameter("const GUID *pGuid");
        assert_eq!(pointer, Param { name: "pGuid".into(), ty: Type::named("GUID").behind(1) });
    }

    #[test]
    fn prototypes_agree_with_signatures() {
        let module = Module::parse(SOURCE).unwrap();
        for (agrees, text) in [
            (true, "BOOL F(HINTERNET hName, S *ps, E e)"),
            (true, "BOOL F(PVOID hName, const S *ps, int e)"),
            (true, "int F(HINTERNET hName, PS ps, E e)"),
            (false, "DWORD F(HINTERNET hName, S *ps, E e)"),
            (false, "BOOL F(DWORD hName, S *ps, E e)"),
            (false, "BOOL F(HINTERNET hOther, S *ps, E e)"),
            (false, "BOOL F(HINTERNET hName, S ps, E e)"),
            (false, "BOOL F(HINTERNET hName, S **ps, E e)"),
            (false, "BOOL F(HINTERNET hName, S *ps, E *e)"),
            (false, "BOOL F(HINTERNET hName, S *ps)"),
            (false, "BOOL F(HINTERNET hName, S *ps, DWORD e)"),
        ] {
            let difference = Prototype::parse(text).unwrap().difference(&module.functions[0], &module);
            assert_eq!(difference.is_none(), agrees, "{text}: {difference:?}");
        }
    }
}
