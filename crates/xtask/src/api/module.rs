//! A source file of names: functions, constants, structures and aliases.

use syn::parse::{ParseStream, Parser};
use syn::{Expr, Field, Fields, FnArg, Item, ItemConst, Lit, LitStr, Pat, ReturnType, Signature, Token, UnOp};

use crate::Result;

/// The items of one file, in its order.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) functions: Vec<Function>,
    /// Types of function pointers, as functions.
    pub(crate) callbacks: Vec<Function>,
    /// Constants that are integers.
    pub(crate) constants: Vec<Constant>,
    pub(crate) structs: Vec<Struct>,
    /// Other names of integers: the name, and which integer.
    pub(crate) integers: Vec<(String, Type)>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) params: Vec<Param>,
    pub(crate) returns: Type,
}

/// A parameter of a function, or a field of a structure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) ty: Type,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) value: i128,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) is_union: bool,
    pub(crate) fields: Vec<Param>,
}

/// A type: a name without its path, behind pointers, or that many times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) base: String,
    pub(crate) pointers: usize,
    pub(crate) count: Option<usize>,
}

impl Module {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut module = Self::default();
        for item in syn::parse_file(text)?.items {
            module.add(item)?;
        }
        Ok(module)
    }

    fn add(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Macro(item) if item.mac.path.segments.last().is_some_and(|last| last.ident == "link") => {
                let signature = linked.parse2(item.mac.tokens)?;
                self.functions.push(Function::new(signature.ident.to_string(), &signature.inputs, &signature.output)?);
            }
            Item::Const(item) => self.constants.extend(Constant::of(&item)?),
            Item::Struct(item) => self.add_struct(item.ident.to_string(), false, &item.fields)?,
            Item::Union(item) => self.add_struct(item.ident.to_string(), true, &Fields::Named(item.fields))?,
            Item::Type(item) => self.add_alias(item.ident.to_string(), &item.ty)?,
            _ => {}
        }
        Ok(())
    }

    /// Takes in a structure. There may be another one for 32-bit x86, which differs in how it is packed alone.
    fn add_struct(&mut self, name: String, is_union: bool, fields: &Fields) -> Result<()> {
        let fields = fields.iter().map(Param::of_field).collect::<Result<_>>()?;
        let new = Struct { name, is_union, fields };
        match self.structs.iter().find(|known| known.name == new.name) {
            None => self.structs.push(new),
            Some(known) if *known == new => {}
            Some(_) => return Err(format!("{} has other fields on x86", new.name).into()),
        }
        Ok(())
    }

    /// Takes in another name: of a function pointer, or else of an integer.
    fn add_alias(&mut self, name: String, ty: &syn::Type) -> Result<()> {
        match function_pointer(ty) {
            Some(pointer) => {
                let params = pointer.inputs.iter().map(Param::of_pointer).collect::<Result<_>>()?;
                self.callbacks.push(Function { name, params, returns: Type::of_return(&pointer.output)? });
            }
            None => self.integers.push((name, Type::of(ty)?)),
        }
        Ok(())
    }
}

impl Constant {
    /// `None` for what is no integer.
    fn of(item: &ItemConst) -> Result<Option<Self>> {
        let Some(value) = integer(&item.expr) else { return Ok(None) };
        Ok(Some(Self { name: item.ident.to_string(), ty: Type::of(&item.ty)?, value }))
    }
}

impl Function {
    fn new<'a>(name: String, inputs: impl IntoIterator<Item = &'a FnArg>, output: &ReturnType) -> Result<Self> {
        let params = inputs.into_iter().map(Param::of_argument).collect::<Result<_>>()?;
        Ok(Self { name, params, returns: Type::of_return(output)? })
    }
}

impl Param {
    fn of_field(field: &Field) -> Result<Self> {
        let name = field.ident.as_ref().ok_or("a field has no name")?;
        Ok(Self { name: name.to_string(), ty: Type::of(&field.ty)? })
    }

    fn of_argument(argument: &FnArg) -> Result<Self> {
        let FnArg::Typed(argument) = argument else { return Err("a function takes self".into()) };
        let Pat::Ident(name) = &*argument.pat else { return Err("an argument has no name".into()) };
        Ok(Self { name: name.ident.to_string(), ty: Type::of(&argument.ty)? })
    }

    fn of_pointer(argument: &syn::NamedArg) -> Result<Self> {
        let (name, _) = argument.name.as_ref().ok_or("an argument has no name")?;
        Ok(Self { name: name.to_string(), ty: Type::of(&argument.ty)? })
    }
}

impl Type {
    pub(crate) fn named(base: &str) -> Self {
        Self { base: base.to_owned(), pointers: 0, count: None }
    }

    /// A pointer to this.
    pub(crate) fn behind(mut self, pointers: usize) -> Self {
        self.pointers += pointers;
        self
    }

    fn of(ty: &syn::Type) -> Result<Self> {
        match ty {
            syn::Type::Path(ty) => {
                let last = ty.path.segments.last().ok_or("a path is empty")?;
                Ok(Self::named(&last.ident.to_string()))
            }
            syn::Type::Ptr(ty) => Ok(Self::of(&ty.elem)?.behind(1)),
            syn::Type::Array(ty) => {
                let count = integer(&ty.len).ok_or("an array without a number")?;
                Ok(Self { count: Some(usize::try_from(count)?), ..Self::of(&ty.elem)? })
            }
            _ => Err("a type of a kind that winhttp.h does not have".into()),
        }
    }

    fn of_return(output: &ReturnType) -> Result<Self> {
        match output {
            ReturnType::Default => Ok(Self::named("c_void")),
            ReturnType::Type(_, ty) => Self::of(ty),
        }
    }
}

/// The constants of a file that are integers, whatever else it has.
pub(super) fn constants(text: &str) -> Result<Vec<Constant>> {
    let items = syn::parse_file(text)?.items;
    let constants = items.iter().filter_map(|item| match item {
        Item::Const(item) => Constant::of(item).transpose(),
        _ => None,
    });
    constants.collect()
}

/// The names in the rows `row!(NAME, "meaning")` of the table of errors.
pub(super) fn rows_of_errors(text: &str) -> Result<Vec<String>> {
    let items = syn::parse_file(text)?.items;
    let table = items.iter().find_map(|item| match item {
        Item::Const(item) if item.ident == "ERRORS" => Some(&item.expr),
        _ => None,
    });
    let Some(Expr::Reference(table)) = table.map(|table| &**table) else { return Err("no table ERRORS".into()) };
    let Expr::Array(rows) = &*table.expr else { return Err("ERRORS is no array".into()) };
    rows.elems.iter().map(name_in_row).collect()
}

fn name_in_row(row: &Expr) -> Result<String> {
    let Expr::Macro(row) = row else { return Err("a row of ERRORS is no row!".into()) };
    let name = |input: ParseStream<'_>| {
        let name: syn::Ident = input.parse()?;
        input.parse::<Token![,]>()?;
        input.parse::<LitStr>()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(name.to_string())
    };
    Ok(name.parse2(row.mac.tokens.clone())?)
}

/// What stands in `link!("winhttp.dll" "system" fn Name(..) -> ..)`.
fn linked(input: ParseStream<'_>) -> syn::Result<Signature> {
    input.parse::<LitStr>()?;
    input.parse::<LitStr>()?;
    input.parse()
}

/// The number that an expression is, if it is one.
fn integer(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(literal) => literal.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => Some(-integer(&negative.expr)?),
        _ => None,
    }
}

/// The function pointer in `Option<unsafe extern "system" fn(..)>`.
fn function_pointer(ty: &syn::Type) -> Option<&syn::TypeFnPtr> {
    let syn::Type::Path(ty) = ty else { return None };
    let last = ty.path.segments.last().filter(|last| last.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(syn::Type::FnPtr(pointer)) => Some(pointer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_item() {
        let module = Module::parse(
            "windows_link::link!(\"a.dll\" \"system\" fn F(a : *const a::b::S, b : *mut *mut u32) -> u32);
             windows_link::link!(\"a.dll\" \"system\" fn G());
             pub const A: a::T = 4u32; pub const B: i64 = -1; pub const C: GUID = GUID::new(1);
             pub struct S { pub a: [u8; 3] } pub union U { pub a: u8 }
             pub type I = i32; pub type K = Option<unsafe extern \"system\" fn(a: usize)>;
             impl Default for S { fn default() -> Self { todo!() } }",
        )
        .unwrap();
        let param = |name: &str, ty: Type| Param { name: name.into(), ty };
        let params = vec![param("a", Type::named("S").behind(1)), param("b", Type::named("u32").behind(2))];
        assert_eq!(module.functions[0], Function { name: "F".into(), params, returns: Type::named("u32") });
        assert_eq!(module.functions[1], Function { name: "G".into(), params: vec![], returns: Type::named("c_void") });
        assert_eq!(module.constants[0], Constant { name: "A".into(), ty: Type::named("T"), value: 4 });
        assert_eq!((module.constants[1].value, module.constants.len()), (-1, 2));
        assert_eq!(module.structs[0].fields[0].ty, Type { count: Some(3), ..Type::named("u8") });
        assert!(!module.structs[0].is_union && module.structs[1].is_union);
        assert_eq!(module.integers, [("I".into(), Type::named("i32"))]);
        assert_eq!((module.callbacks[0].name.as_str(), module.callbacks[0].params.len()), ("K", 1));
    }

    #[test]
    fn structures_may_differ_in_packing_alone() {
        assert_eq!(Module::parse("struct S { a: u8 } struct S { a: u8 }").unwrap().structs.len(), 1);
        assert!(Module::parse("struct S { a: u8 } struct S { a: u16 }").is_err());
    }

    #[test]
    fn names_of_errors() {
        let text = "pub const ERRORS: &[Row] = &[row!(A, \"a\"), row!(\n B,\n \"b\"\n ,)];";
        assert_eq!(rows_of_errors(text).unwrap(), ["A", "B"]);
        assert!(rows_of_errors("pub const ERRORS: &[Row] = &[A];").is_err());
        assert!(rows_of_errors("").is_err());
    }
}
