//! Every function of winhttp.h with what no program should give it: handles that are none, NULL, memory that ends where
//! the text or the buffer does, text that is none. Nothing may crash or hang, and nothing may be read or written beyond
//! what was given.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "hostile/arena.rs"]
mod arena;
#[path = "hostile/calls.rs"]
mod calls;
#[path = "hostile/codes.rs"]
mod codes;
#[path = "hostile/exchange.rs"]
mod exchange;
#[path = "hostile/extended.rs"]
mod extended;
#[path = "hostile/lengths.rs"]
mod lengths;
#[path = "hostile/piece.rs"]
mod piece;
#[path = "hostile/texts.rs"]
mod texts;
#[path = "hostile/told.rs"]
mod told;
#[path = "hostile/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::ptr::null_mut;

use arena::{Arena, Change, LAYOUTS};
use calls::{CALLS, Call, Takes};
use codes::*;
use world::{KINDS, Kind, World, forged};

/// No function of the table is left out, and none is there that is not in the table.
#[test]
fn every_function_is_called() {
    let called: BTreeSet<_> = CALLS.iter().map(|call| call.name).collect();
    assert_eq!(called, BTreeSet::from(TABLE));
    assert_eq!(TABLE.len(), 56);
}

/// Core.md 1.1 and 1.3: with all in order, wherever the memory lies; and what succeeds leaves 0 as the last error.
#[test]
fn calls_in_order() {
    for call in CALLS {
        for &kind in call.right_kinds() {
            for layout in LAYOUTS {
                let world = World::new();
                let arena = Arena::new(layout);
                let given = call.check(arena, world.handle(kind), call.code, &format!("{kind:?}"));
                assert!(call.is_to_come() || given == call.pointers.len(), "a pointer of {} has no row", call.name);
                assert!(given <= MOST_POINTERS, "{} has {given} pointers", call.name);
            }
        }
    }
}

/// Core.md 1.2 and 2.2: what was never issued.
#[test]
fn forged_handles() {
    let handles = forged();
    for call in CALLS.iter().filter(|call| call.takes_a_handle()) {
        for &handle in &handles {
            call.check(Arena::new(LAYOUTS[1]), handle, NO_HANDLE, &format!("{handle:?}"));
        }
    }
}

/// Core.md 2.2: a closed handle of each kind, and values beside it.
#[test]
fn closed_handles() {
    for kind in KINDS {
        let world = World::new();
        world.close(kind);
        let handle = world.handle(kind);
        for call in CALLS.iter().filter(|call| call.takes_a_handle()) {
            for step in [0, 1, 2, -1] {
                call.check(Arena::new(LAYOUTS[0]), handle.wrapping_byte_offset(step), NO_HANDLE, &format!("{kind:?}"));
            }
        }
    }
}

/// Core.md 1.3: a handle of another kind; of the functions without a kind to take, every kind is another.
#[test]
fn handles_of_another_kind() {
    for call in CALLS {
        for kind in call.wrong_kinds() {
            let world = World::new();
            call.check(Arena::new(LAYOUTS[1]), world.handle(kind), WRONG_TYPE, &format!("{kind:?}"));
        }
    }
}

/// Decision 1: once a parent is closed nothing works with its descendants, but that they can be closed, once.
#[test]
fn orphans() {
    let families =
        [(Kind::Connection, Kind::Request), (Kind::Session, Kind::Connection), (Kind::Session, Kind::Request)];
    for (parent, child) in families {
        for call in CALLS.iter().filter(|call| call.takes_a_handle()) {
            let world = World::new();
            world.close(parent);
            let can_be = call.name == "WinHttpCloseHandle";
            let expected = if can_be { [0, NO_HANDLE] } else { [NO_HANDLE; 2] };
            for code in expected {
                call.check(Arena::new(LAYOUTS[0]), world.handle(child), code, &format!("{child:?} without {parent:?}"));
            }
        }
    }
}

/// NULL for each pointer in turn, with a good handle.
#[test]
fn null_pointers() {
    for (call, at) in pointers() {
        let code = call.pointers[at].null;
        let kind = call.right_kinds()[0];
        for layout in LAYOUTS {
            let arena = Arena::with(layout, Change::Null(at));
            call.check(arena, World::new().handle(kind), code, &format!("NULL for pointer {at}"));
        }
    }
}

/// A function that is still to come says so whatever it gets, and follows no pointer.
#[test]
fn calls_to_come() {
    for call in CALLS.iter().filter(|call| call.is_to_come()) {
        for &kind in call.right_kinds() {
            let world = World::new();
            for at in 0..MOST_POINTERS {
                for change in [Change::Null(at), Change::IllFormed(at)] {
                    let arena = Arena::with(LAYOUTS[1], change);
                    call.check(arena, world.handle(kind), NOT_YET, &format!("{kind:?}"));
                }
            }
        }
    }
}

/// Core.md 1.2: a handle that is none is noticed before a pointer that is NULL, but for two functions; its type, but for
/// options.
#[test]
fn null_pointers_and_bad_handles() {
    for (call, at) in pointers().filter(|(call, _)| call.takes_a_handle()) {
        let pointer = call.pointers[at];
        let code = |of_handle| if pointer.is_first { INVALID } else { of_handle };
        let arena = || Arena::with(LAYOUTS[0], Change::Null(at));
        call.check(arena(), null_mut(), code(NO_HANDLE), &format!("NULL for pointer {at} and the handle"));
        let of_type = if pointer.is_before_type { INVALID } else { WRONG_TYPE };
        for kind in call.wrong_kinds() {
            let world = World::new();
            call.check(arena(), world.handle(kind), code(of_type), &format!("NULL for pointer {at}, {kind:?}"));
        }
    }
}

/// Half of a surrogate pair at the end of each text in turn.
#[test]
fn ill_formed_text() {
    for (call, at) in pointers() {
        let Some(code) = call.pointers[at].ill_formed else { continue };
        for layout in LAYOUTS {
            let world = World::new();
            let arena = Arena::with(layout, Change::IllFormed(at));
            call.check(arena, world.handle(call.right_kinds()[0]), code, &format!("ill-formed text {at}"));
        }
    }
}

/// Core.md 1.2: what a text is made of is a parameter like others, so the handle comes first.
#[test]
fn ill_formed_text_and_bad_handles() {
    let mut wrong = Vec::new();
    for (call, at) in pointers().filter(|(call, at)| call.takes_a_handle() && call.pointers[*at].ill_formed.is_some()) {
        let worlds: Vec<_> = call.wrong_kinds().map(|kind| (World::new(), kind)).collect();
        let others = worlds.iter().map(|(world, kind)| (world.handle(*kind), WRONG_TYPE));
        for (handle, code) in others.chain([(null_mut(), NO_HANDLE)]) {
            let told = (call.call)(&mut Arena::with(LAYOUTS[0], Change::IllFormed(at)), handle);
            if told != code {
                wrong.push(format!("{}: {told} for {code}, with pointer {at} ill-formed", call.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Each pointer of each call that is there already.
fn pointers() -> impl Iterator<Item = (&'static Call, usize)> {
    CALLS.iter().flat_map(|call| (0..call.pointers.len()).map(move |at| (call, at)))
}

impl Call {
    /// Makes the call and checks what it tells and what it leaves of the memory; gives the number of pointers it got.
    #[track_caller]
    fn check(&self, mut arena: Arena, handle: *mut c_void, code: u32, what: &str) -> usize {
        let told = (self.call)(&mut arena, handle);
        assert_eq!(told, code, "{}: {what}, in {arena}", self.name);
        arena.check(told);
        arena.given()
    }

    fn takes_a_handle(&self) -> bool {
        !matches!(self.takes, Takes::Nothing)
    }

    /// The kinds it takes; one of them for a function to which the handle means nothing.
    fn right_kinds(&self) -> &'static [Kind] {
        match self.takes {
            Takes::Nothing => &[Kind::Session],
            Takes::Kinds(kinds) => kinds,
            Takes::Any => &KINDS,
        }
    }

    fn wrong_kinds(&self) -> impl Iterator<Item = Kind> {
        let right = self.right_kinds();
        KINDS.into_iter().filter(move |kind| self.takes_a_handle() && !right.contains(kind))
    }
}

/// No function has more pointers beside its handle.
const MOST_POINTERS: usize = 7;

macro_rules! table {
    ($(fn $name:ident $rest:tt $(-> $returned:ty)?;)*) => {
        const TABLE: [&str; { [$(stringify!($name)),*].len() }] = [$(stringify!($name)),*];
    };
}

openwinhttp_sys::for_each_function!(table);
