use super::*;

#[cfg(not(shuttle))]
mod plain {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Call {
        Insert(u32),
        Get(usize),
        Remove(usize),
        Forge(usize),
    }

    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let call = prop_oneof![
            3 => any::<u32>().prop_map(Call::Insert),
            3 => any::<usize>().prop_map(Call::Get),
            3 => any::<usize>().prop_map(Call::Remove),
            1 => any::<usize>().prop_map(Call::Forge),
        ];
        prop::collection::vec(call, 0..400)
    }

    proptest! {
        /// Against a plain map that never forgets which handles were issued.
        #[test]
        fn it_behaves_as_a_map_whose_keys_are_never_used_twice(calls in calls()) {
            let table = Table::new();
            let mut open = HashMap::new();
            let mut issued = Vec::new();
            let pick = |issued: &Vec<HINTERNET>, at: usize| issued.get(at % issued.len().max(1)).copied();
            for call in calls {
                match call {
                    Call::Insert(object) => {
                        let handle = table.insert(object).expect("there is room");
                        prop_assert!(!issued.contains(&handle));
                        issued.push(handle);
                        open.insert(handle, object);
                    }
                    Call::Get(at) => {
                        if let Some(handle) = pick(&issued, at) {
                            prop_assert_eq!(table.get(handle), open.get(&handle).copied());
                        }
                    }
                    Call::Remove(at) => {
                        if let Some(handle) = pick(&issued, at) {
                            prop_assert_eq!(table.remove(handle), open.remove(&handle));
                        }
                    }
                    Call::Forge(raw) => {
                        let handle = HINTERNET::from_raw(raw);
                        prop_assert_eq!(table.get(handle), open.get(&handle).copied());
                    }
                }
            }
        }
    }

    #[test]
    fn a_handle_is_no_small_number_no_address_and_none_of_the_special_values() {
        let table = Table::new();
        for object in 0..100 {
            let raw = table.insert(object).expect("there is room").as_raw();
            assert!(raw > 1 << 16 && raw % 4 == 1 && raw != usize::MAX, "{raw:#x}");
        }
    }

    #[test]
    fn a_million_turns_never_bring_an_old_handle_back() {
        let table = Table::new();
        let first = table.insert(0).expect("there is room");
        assert_eq!(table.remove(first), Some(0));
        let turns = if usize::BITS == 64 { 1_000_000 } else { 60_000 };
        for object in 1..turns {
            let handle = table.insert(object).expect("there is room");
            assert_ne!(handle, first);
            assert_eq!(table.get(first), None);
            assert_eq!(table.remove(handle), Some(object));
        }
    }
}

#[cfg(shuttle)]
mod interleaved {
    use shuttle::sync::Arc;
    use shuttle::thread;

    use super::*;

    /// Look-ups see the object or nothing; of two closers one wins; a slot filled again is nobody else's.
    fn look_up_against_close() {
        let table = Arc::new(Table::new());
        let handle = table.insert(1).expect("there is room");
        let closers: Vec<_> = (0..2)
            .map(|_| {
                let table = Arc::clone(&table);
                thread::spawn(move || {
                    let got = table.remove(handle);
                    table.insert(2).expect("there is room");
                    got
                })
            })
            .collect();
        let looker = {
            let table = Arc::clone(&table);
            thread::spawn(move || (table.get(handle), table.get(handle)))
        };
        let closed: Vec<_> = closers.into_iter().filter_map(|closer| closer.join().expect("no panic")).collect();
        assert_eq!(closed, [1]);
        let (first, second) = looker.join().expect("no panic");
        assert!(first.is_none_or(|object| object == 1));
        assert!(second.is_none() || first.is_some(), "a closed handle came back");
    }

    #[test]
    fn every_order_of_look_up_and_close_is_right() {
        shuttle::check_dfs(look_up_against_close, Some(20_000));
        shuttle::check_random(look_up_against_close, 5_000);
    }
}
