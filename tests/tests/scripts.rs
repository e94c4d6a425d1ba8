//! The scripts of `tests/scripts`, each in each mode it names, and that none of them is forgotten.
//!
//! A script that waits for something the library does not have yet is read, not played.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::thread;

use conformance::scripts;

macro_rules! scripts {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                scripts::play(stringify!($name), include_str!(concat!("../scripts/", stringify!($name), ".txt")));
            }
        )*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

/// Every file is a test, in the order of their names.
#[test]
fn none_is_forgotten() {
    assert_eq!(scripts::names(env!("CARGO_MANIFEST_DIR")), NAMES);
}

/// The player itself: a script that says something else than happens fails.
#[test]
fn scripts_that_are_wrong_fail() {
    let (blocking, other) = (include_str!("../scripts/s1_get.txt"), include_str!("../scripts/a1_get.txt"));
    let rows = [
        (blocking, "  SENDING_REQUEST\n", ""),
        (blocking, "  SENDING_REQUEST\n", "  SENDING_REQUEST\n  SENDING_REQUEST\n"),
        (blocking, "REQUEST_SENT head", "REQUEST_SENT head+1"),
        (blocking, "RESPONSE_RECEIVED 40", "RESPONSE_RECEIVED 41"),
        (blocking, "  HANDLE_CLOSING session\n", ""),
        (blocking, "call read 10\n  READ_COMPLETE \"ok\"", "call read 10\n  READ_COMPLETE \"no\""),
        (blocking, "call status -> value 200", "call status -> value 404"),
        (blocking, "call status -> value 200", "call status -> error 12019"),
        (blocking, "call status -> value 200", "told SENDING_REQUEST 2"),
        (blocking, "call status -> value 200", "nested 2"),
        (other, "SENDREQUEST_COMPLETE @other", "SENDREQUEST_COMPLETE @caller"),
        (other, "RECEIVING_RESPONSE @caller", "RECEIVING_RESPONSE @other"),
        (other, "HEADERS_AVAILABLE @caller", "REQUEST_ERROR 1 12019"),
        (other, "  HANDLE_CLOSING request\n", ""),
        (other, "DATA_AVAILABLE 2", "DATA_AVAILABLE 3"),
        (other, "READ_COMPLETE \"ok\"", "READ_COMPLETE \"no\""),
        (other, "call status -> value 200", "call status -> pending"),
    ];
    for (right, before, after) in rows {
        assert_eq!(right.matches(before).count(), 1, "{before}");
        let wrong = right.replace("modes: sync async", "modes: async").replace(before, after);
        let played = thread::spawn(move || scripts::play("wrong", &wrong)).join();
        assert!(played.is_err(), "nobody sees {after:?} in the place of {before:?}");
    }
}

scripts! {
    a1_get
    a1_localhost
    a3_field_added_later
    a3_field_removed_later
    a3_request_asks_to_close
    a3_server_asks_to_close
    a4_receive_twice
    c1_refused
    c2_connect_timeout
    callback_inherited
    callback_set_late
    callback_taken_away
    callback_taken_away_from_pending
    callback_takes_itself_away
    close_before_send
    close_between
    close_connection_of_pending
    close_in_closing_connection
    close_in_connected_to_server
    close_in_connecting_to_server
    close_in_connection_closed
    close_in_data_available
    close_in_handle_closing
    close_in_handle_created
    close_in_handshake
    close_in_headers_available
    close_in_intermediate_response
    close_in_name_resolved
    close_in_read_complete
    close_in_receiving_response
    close_in_redirect
    close_in_redirect_leg
    close_in_request_error
    close_in_request_sent
    close_in_resolving_name
    close_in_response_received
    close_in_secure_failure
    close_in_sending_request
    close_in_sendrequest_complete
    close_in_the_body
    close_in_write_complete
    close_orphan
    close_session_of_pending
    close_while_connecting
    close_while_query_waits
    close_while_read_ex_waits
    close_while_read_waits
    close_while_send_waits
    close_while_sending
    close_while_waiting_for_the_answer
    close_while_write_waits
    close_with_a_queued_receive
    context_changes
    context_cleared
    context_inherited
    context_none
    context_of_a_send_that_fails
    context_of_the_send
    context_zero_in_the_send
    fault_body_breaks_off
    fault_contradictory_framing
    fault_no_answer
    fault_no_http
    fault_refused_then_again
    i1_informational
    i1_informational_get
    mask_changes
    mask_completions
    mask_errors
    mask_handles
    mask_nothing
    n1_no_such_name
    o1_send_timeout
    o1_write_timeout
    o2_no_answer
    o3_body_stalls_query
    o3_body_stalls_read
    p1_post_with_writes
    p1_receive_in_write_complete
    p1_write_in_request_sent
    p2_post_with_writes
    p3_body_with_the_send
    pool_unread_body
    r1_redirect
    r2_redirect
    r3_headers_in_redirect
    r3_new_place_refuses
    r3_other_server
    r3_post_becomes_get
    r3_post_stays
    r4_one_too_many
    r4_switched_off
    read_at_hand
    read_chain
    read_chunked
    read_ex_fills
    read_ex_takes_what_is_there
    read_figure_stays
    read_fills
    read_nested
    read_no_body
    read_nothing
    read_waits
    s1_get
    s2_kept_connection
    s3_resolved_before
    state_bad_parameters
    state_nothing_to_read_yet
    state_read_is_pending
    state_receive_before_send
    state_receive_in_request_sent
    state_receive_in_sending_request
    state_receive_in_sendrequest_complete
    state_receive_is_pending
    state_send_is_pending
    state_sent_again
    t1_expired
    t1_no_common_version
    t1_secure_get
    t1_unknown_ca
    t1_wrong_name
    u1_credentials_at_hand
    u2_no_credentials
    u3_body_cannot_be_sent_again
    x1_proxy_tunnel
}
