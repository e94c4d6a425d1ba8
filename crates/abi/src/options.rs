//! The table of options: what `WinHttpQueryOption` and `WinHttpSetOption` know of each, in one row.

use core::mem::offset_of;

use crate::*;

/// The row of an option; `None` where winhttp.h has none of this number.
pub fn option_row(number: u32) -> Option<&'static OptionRow> {
    OPTIONS.binary_search_by_key(&number, |row| row.number).ok().map(|at| &OPTIONS[at])
}

/// What there is to know of an option.
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// Its number, `WINHTTP_OPTION_*`.
    pub number: u32,
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: OptionKind,
    /// The handles that can be asked for it; none for an option that can only be set.
    pub query: HandleTypes,
    /// The handles that it can be set on; none for an option that can only be asked for.
    pub set: HandleTypes,
    /// Where its value is.
    pub keeps: OptionStore,
    /// Which values it takes.
    pub rule: OptionRule,
    /// The code for a handle of another type that is asked for it.
    pub wrong_query: u32,
    /// The code for a value of another size.
    pub wrong_size: u32,
    /// Whether a handle whose parent was closed can still be asked for it.
    pub orphans: bool,
}

/// What the value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Nothing: to set the option is all.
    Nothing,
    /// A `DWORD`.
    Number,
    /// A `BOOL`.
    Flag,
    /// A number that is as wide as a pointer.
    Context,
    /// The address of a status callback.
    Callback,
    /// A handle.
    Handle,
    /// The handle of an event, which the system has; not one of ours.
    Event,
    /// Text; when it is set, its length counts bytes.
    Text,
    /// Text; when it is set, its length counts characters.
    TextInCharacters,
    /// `HTTP_VERSION_INFO`.
    Version,
    /// `WINHTTP_CONNECTION_INFO`.
    ConnectionInfo,
    /// `WINHTTP_REQUEST_TIMES`.
    RequestTimes,
    /// `WINHTTP_REQUEST_STATS`.
    RequestStats,
    /// `tcp_keepalive`.
    TcpKeepalive,
    /// `WINHTTP_FAILED_CONNECTION_RETRIES`.
    ConnectionRetries,
    /// `GUID`.
    Guid,
    /// `WINHTTP_MATCH_CONNECTION_GUID`.
    MatchGuid,
    /// A structure of so many bytes that nothing here looks into; 0 where winhttp.h declares none.
    Structure(usize),
}

impl OptionKind {
    /// How many bytes a value has; `None` for text.
    pub const fn size(self) -> Option<usize> {
        Some(match self {
            Self::Text | Self::TextInCharacters => return None,
            Self::Nothing => 0,
            Self::Number | Self::Flag => 4,
            Self::Context | Self::Callback | Self::Handle | Self::Event => size_of::<usize>(),
            Self::Version => size_of::<HTTP_VERSION_INFO>(),
            Self::ConnectionInfo => CONNECTION_INFO_START + 2 * SOCKADDR_STORAGE,
            Self::RequestTimes => size_of::<WINHTTP_REQUEST_TIMES>(),
            Self::RequestStats => size_of::<WINHTTP_REQUEST_STATS>(),
            Self::TcpKeepalive => 12,
            Self::ConnectionRetries => size_of::<WINHTTP_FAILED_CONNECTION_RETRIES>(),
            Self::Guid => 16,
            Self::MatchGuid => size_of::<WINHTTP_MATCH_CONNECTION_GUID>(),
            Self::Structure(size) => size,
        })
    }
}

/// The size of a `SOCKADDR_STORAGE`.
pub const SOCKADDR_STORAGE: usize = 128;

/// Where in a `WINHTTP_CONNECTION_INFO` the first address begins: aligned as 64-bit numbers are.
pub const CONNECTION_INFO_START: usize = offset_of!(WINHTTP_REQUEST_TIMES, rgullTimes);

/// A set of types of handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandleTypes(u8);

impl HandleTypes {
    /// No handle at all.
    pub const NONE: Self = Self(0);
    /// NULL, for what belongs to the process.
    pub const NULL: Self = Self(1);
    /// Sessions.
    pub const SESSION: Self = Self(2);
    /// Connections.
    pub const CONNECTION: Self = Self(4);
    /// Requests.
    pub const REQUEST: Self = Self(8);
    /// WebSockets.
    pub const WEB_SOCKET: Self = Self(16);

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a type of these is one of those.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Where the value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionStore {
    /// A number among the settings of sessions and requests, which begins with this.
    Setting(Setting, u32),
    /// Bits among those settings: each call that sets some leaves the others as they are. They begin with none.
    Bits(Setting),
    /// What has no place among the numbers: text, and structures.
    Value,
    /// It is always this: what is set is checked, and has no effect.
    Fixed(u32),
    /// It is worked out when it is asked for, and acted on when it is set.
    Live,
    /// What it tells of never happens here: it is never the time to ask for it.
    Never,
    /// It is not supported.
    Unsupported,
}

/// Which values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionRule {
    /// All.
    Any,
    /// Numbers up to this.
    UpTo(u32),
    /// Numbers from this on.
    AtLeast(u32),
    /// These bits.
    #[allow(missing_docs, reason = "each is named after the handle that the option is set on")]
    Mask { session: u32, request: u32 },
    /// This number; what else winhttp.h allows is not supported.
    Only(u32),
    /// Text of so many bytes in UTF-16.
    Longest(u32),
    /// The name or address of a host, as long as nothing was sent.
    HostBeforeSend,
}

impl OptionRule {
    const fn mask(bits: u32) -> Self {
        Self::Mask { session: bits, request: bits }
    }

    /// Whether a number may be set on a handle of this type.
    pub const fn allows(self, number: u32, on: HandleTypes) -> bool {
        match self {
            Self::UpTo(most) => number <= most,
            Self::AtLeast(least) => number >= least,
            Self::Mask { session, .. } if on.meets(HandleTypes::SESSION) => number & !session == 0,
            Self::Mask { request, .. } => number & !request == 0,
            Self::Only(one) => number == one,
            Self::Any | Self::Longest(_) | Self::HostBeforeSend => true,
        }
    }
}

/// A number that sessions and requests keep for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its option")]
pub enum Setting {
    ResolveTimeout,
    ConnectTimeout,
    ConnectRetries,
    SendTimeout,
    ReceiveTimeout,
    ReceiveResponseTimeout,
    DisabledFeatures,
    RedirectPolicy,
    MaxRedirects,
    MaxInformational,
    MaxHead,
    MaxDrain,
    Decompression,
    RejectUserInUrl,
    EnabledFeatures,
    EnabledProtocols,
    AutologonPolicy,
    MaxConnsPerServer,
    MaxConnsPer10Server,
    DisableGlobalPooling,
    Ipv6FastFallback,
    BackgroundConnections,
    FirstAvailableConnection,
    ReceiveProxyConnectResponse,
    AssuredNonBlockingCallbacks,
    WebSocketReceiveBufferSize,
    WebSocketSendBufferSize,
    ReadBufferSize,
    WriteBufferSize,
    RequestPriority,
}

impl Setting {
    /// How many there are.
    pub const COUNT: usize = Self::RequestPriority as usize + 1;
}

/// What each setting is before a program sets it, in the order of [`Setting`]: from the rows.
pub const SETTING_DEFAULTS: [u32; Setting::COUNT] = {
    let (mut numbers, mut at) = ([0; Setting::COUNT], 0);
    while at < OPTIONS.len() {
        if let OptionStore::Setting(setting, default) = OPTIONS[at].keeps {
            numbers[setting as usize] = default;
        }
        at += 1;
    }
    numbers
};

const fn row(
    number: u32,
    name: &'static str,
    kind: OptionKind,
    query: HandleTypes,
    set: HandleTypes,
    keeps: OptionStore,
) -> OptionRow {
    OptionRow {
        number,
        name,
        kind,
        query,
        set,
        keeps,
        rule: OptionRule::Any,
        wrong_query: ERROR_INVALID_PARAMETER,
        wrong_size: ERROR_INSUFFICIENT_BUFFER,
        orphans: false,
    }
}

macro_rules! options {
    ($($name:ident, $kind:expr, $query:expr, $set:expr, $keeps:expr $(, $field:ident = $value:expr)*;)*) => {
        /// Every option of winhttp.h, ordered by number.
        pub const OPTIONS: &[OptionRow] = {
            use {OptionStore::Setting, OptionStore::*, OptionKind::*, self::Setting::*};
            &[$(OptionRow { $($field: $value,)* ..row($name, stringify!($name), $kind, $query, $set, $keeps) },)*]
        };
    };
}

// Name, kind, who is asked, what it is set on, where it is; then what is not as usual.
options! {
    WINHTTP_OPTION_CALLBACK, Callback, SCR, SCR, Live, orphans = true;
    WINHTTP_OPTION_RESOLVE_TIMEOUT, Number, SCR, SR, Setting(ResolveTimeout, 0);
    WINHTTP_OPTION_CONNECT_TIMEOUT, Number, SCR, SR, Setting(ConnectTimeout, 60_000);
    WINHTTP_OPTION_CONNECT_RETRIES, Number, SR, SR, Setting(ConnectRetries, 5);
    WINHTTP_OPTION_SEND_TIMEOUT, Number, SCR, SR, Setting(SendTimeout, 30_000);
    WINHTTP_OPTION_RECEIVE_TIMEOUT, Number, SCR, SR, Setting(ReceiveTimeout, 30_000);
    WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, Number, SCR, SR, Setting(ReceiveResponseTimeout, 90_000);
    WINHTTP_OPTION_HANDLE_TYPE, Number, SCRW, NONE, Live, orphans = true;
    WINHTTP_OPTION_READ_BUFFER_SIZE, Number, R, R, Setting(ReadBufferSize, 0);
    WINHTTP_OPTION_WRITE_BUFFER_SIZE, Number, R, R, Setting(WriteBufferSize, 0);
    WINHTTP_OPTION_PARENT_HANDLE, Handle, CRW, NONE, Live;
    WINHTTP_OPTION_EXTENDED_ERROR, Number, NSR, NONE, Live;
    WINHTTP_OPTION_SECURITY_FLAGS, Number, R, R, Unsupported;
    WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT, Structure(CERTIFICATE_INFO), R, NONE, Unsupported;
    WINHTTP_OPTION_URL, Text, R, NONE, Live;
    WINHTTP_OPTION_SECURITY_KEY_BITNESS, Number, R, NONE, Unsupported;
    WINHTTP_OPTION_PROXY, Structure(PROXY_INFO), NSR, SR, Unsupported;
    WINHTTP_OPTION_PROXY_RESULT_ENTRY, Structure(PROXY_RESULT_ENTRY), NONE, R, Unsupported;
    WINHTTP_OPTION_USER_AGENT, TextInCharacters, S, S, Live;
    WINHTTP_OPTION_CONTEXT_VALUE, Context, SCRW, SCRW, Live, orphans = true;
    WINHTTP_OPTION_CLIENT_CERT_CONTEXT, Context, NONE, R, Unsupported;
    WINHTTP_OPTION_REQUEST_PRIORITY, Number, R, R, Setting(RequestPriority, 0);
    WINHTTP_OPTION_HTTP_VERSION, Version, N, N, Value;
    WINHTTP_OPTION_DISABLE_FEATURE, Number, NONE, R, Bits(DisabledFeatures);
    WINHTTP_OPTION_CODEPAGE, Number, NONE, S, Fixed(UTF_8), rule = OptionRule::Only(UTF_8);
    WINHTTP_OPTION_MAX_CONNS_PER_SERVER, Number, S, S, Setting(MaxConnsPerServer, u32::MAX);
    WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER, Number, S, S, Setting(MaxConnsPer10Server, u32::MAX);
    WINHTTP_OPTION_AUTOLOGON_POLICY, Number, NONE, R, Setting(AutologonPolicy, 0), rule = OptionRule::UpTo(3);
    WINHTTP_OPTION_SERVER_CERT_CONTEXT, Context, R, NONE, Unsupported;
    WINHTTP_OPTION_ENABLE_FEATURE, Number, NONE, SR, Bits(EnabledFeatures),
        rule = OptionRule::Mask { session: 2, request: 1 }, wrong_size = ERROR_INVALID_PARAMETER;
    WINHTTP_OPTION_WORKER_THREAD_COUNT, Number, SCR, N, Fixed(0);
    WINHTTP_OPTION_PASSPORT_COBRANDING_TEXT, Text, R, NONE, Never;
    WINHTTP_OPTION_PASSPORT_COBRANDING_URL, Text, R, NONE, Never;
    WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH, Number, NONE, S, Fixed(0);
    WINHTTP_OPTION_SECURE_PROTOCOLS, Number, NONE, S, Unsupported;
    WINHTTP_OPTION_ENABLETRACING, Flag, N, N, Fixed(0);
    WINHTTP_OPTION_PASSPORT_SIGN_OUT, Text, NONE, S, Unsupported;
    WINHTTP_OPTION_PASSPORT_RETURN_URL, Text, R, NONE, Never;
    WINHTTP_OPTION_REDIRECT_POLICY, Number, SR, SR, Setting(RedirectPolicy, 1), rule = OptionRule::UpTo(2);
    WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, Number, SR, SR, Setting(MaxRedirects, 10),
        wrong_size = ERROR_INVALID_PARAMETER;
    WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE, Number, SR, SR, Setting(MaxInformational, 10);
    WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE, Number, SR, SR, Setting(MaxHead, 65_536);
    WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE, Number, SR, SR, Setting(MaxDrain, 1_048_576);
    WINHTTP_OPTION_CONNECTION_INFO, ConnectionInfo, R, NONE, Live;
    WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST, Context, R, NONE, Unsupported;
    WINHTTP_OPTION_SPN, Number, NONE, R, Fixed(0), rule = OptionRule::UpTo(1);
    WINHTTP_OPTION_GLOBAL_PROXY_CREDS, Structure(CREDS_EX), NONE, N, Unsupported;
    WINHTTP_OPTION_GLOBAL_SERVER_CREDS, Structure(CREDS_EX), NONE, N, Unsupported;
    WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, Event, NONE, S, Live;
    WINHTTP_OPTION_REJECT_USERPWD_IN_URL, Flag, NONE, R, Setting(RejectUserInUrl, 0);
    WINHTTP_OPTION_USE_GLOBAL_SERVER_CREDENTIALS, Flag, NONE, S, Fixed(0), rule = OptionRule::Only(0);
    WINHTTP_OPTION_RECEIVE_PROXY_CONNECT_RESPONSE, Flag, NONE, SR, Setting(ReceiveProxyConnectResponse, 0);
    WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE, Flag, SR, NONE, Fixed(0);
    WINHTTP_OPTION_NETWORK_INTERFACE_AFFINITY, Number, NONE, SR, Unsupported;
    WINHTTP_OPTION_SERVER_SPN_USED, Text, R, NONE, Never;
    WINHTTP_OPTION_PROXY_SPN_USED, Text, R, NONE, Never;
    WINHTTP_OPTION_SERVER_CBT, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_UNSAFE_HEADER_PARSING, Number, NONE, R, Fixed(0);
    WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS, Flag, NONE, S, Setting(AssuredNonBlockingCallbacks, 0);
    WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET, Nothing, NONE, R, Unsupported;
    WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT, Number, W, W, Unsupported;
    WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, Number, NONE, W, Unsupported, wrong_size = ERROR_INVALID_PARAMETER;
    WINHTTP_OPTION_DECOMPRESSION, Number, NONE, SR, Setting(Decompression, 0),
        rule = OptionRule::mask(WINHTTP_DECOMPRESSION_FLAG_ALL);
    WINHTTP_OPTION_WEB_SOCKET_RECEIVE_BUFFER_SIZE, Number, SR, SR, Setting(WebSocketReceiveBufferSize, 32_768),
        wrong_query = ERROR_WINHTTP_INCORRECT_HANDLE_TYPE;
    WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE, Number, SR, SR, Setting(WebSocketSendBufferSize, 32_768),
        wrong_query = ERROR_WINHTTP_INCORRECT_HANDLE_TYPE;
    WINHTTP_OPTION_TCP_PRIORITY_HINT, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_CONNECTION_FILTER, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL, Number, NONE, SR, Setting(EnabledProtocols, 0),
        rule = OptionRule::mask(WINHTTP_PROTOCOL_MASK), wrong_size = ERROR_INVALID_PARAMETER;
    WINHTTP_OPTION_HTTP_PROTOCOL_USED, Number, R, NONE, Fixed(0);
    WINHTTP_OPTION_KDC_PROXY_SETTINGS, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_PROXY_DISABLE_SERVICE_CALLS, Flag, NONE, SR, Fixed(0);
    WINHTTP_OPTION_ENCODE_EXTRA, Flag, NONE, SR, Fixed(0), rule = OptionRule::Only(0);
    WINHTTP_OPTION_DISABLE_STREAM_QUEUE, Flag, NONE, SR, Fixed(0);
    WINHTTP_OPTION_IPV6_FAST_FALLBACK, Flag, NONE, S, Setting(Ipv6FastFallback, 0);
    WINHTTP_OPTION_CONNECTION_STATS_V0, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_REQUEST_TIMES, RequestTimes, R, NONE, Live;
    WINHTTP_OPTION_EXPIRE_CONNECTION, Nothing, NONE, R, Live;
    WINHTTP_OPTION_DISABLE_SECURE_PROTOCOL_FALLBACK, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED, Flag, NONE, SR, Fixed(0), rule = OptionRule::Only(0);
    WINHTTP_OPTION_REQUEST_STATS, RequestStats, R, NONE, Live;
    WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT, Context, R, NONE, Unsupported;
    WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_CONNECTION_STATS_V1, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_SECURITY_INFO, Structure(708), R, NONE, Unsupported;
    WINHTTP_OPTION_TCP_KEEPALIVE, TcpKeepalive, NONE, S, Value;
    WINHTTP_OPTION_TCP_FAST_OPEN, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_TLS_FALSE_START, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE, Flag, NONE, R, Fixed(0);
    WINHTTP_OPTION_TLS_PROTOCOL_INSECURE_FALLBACK, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_STREAM_ERROR_CODE, Number, R, NONE, Never;
    WINHTTP_OPTION_REQUIRE_STREAM_END, Flag, NONE, SR, Fixed(0);
    WINHTTP_OPTION_ENABLE_HTTP2_PLUS_CLIENT_CERT, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_FAILED_CONNECTION_RETRIES, ConnectionRetries, NONE, S, Value;
    WINHTTP_OPTION_HTTP2_KEEPALIVE, Number, NONE, S, Fixed(0), rule = OptionRule::AtLeast(5_000);
    WINHTTP_OPTION_RESOLUTION_HOSTNAME, Text, NONE, R, Value, rule = OptionRule::HostBeforeSend;
    WINHTTP_OPTION_SET_TOKEN_BINDING, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_TOKEN_BINDING_PUBLIC_KEY, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_REFERER_TOKEN_BINDING_HOSTNAME, Text, SCR, SCR, Unsupported;
    WINHTTP_OPTION_HTTP2_PLUS_TRANSFER_ENCODING, Flag, NONE, SR, Fixed(1);
    WINHTTP_OPTION_RESOLVER_CACHE_CONFIG, Structure(RESOLVER_CACHE_CONFIG), NONE, S, Unsupported;
    WINHTTP_OPTION_DISABLE_CERT_CHAIN_BUILDING, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_BACKGROUND_CONNECTIONS, Number, NONE, S, Setting(BackgroundConnections, 0);
    WINHTTP_OPTION_FIRST_AVAILABLE_CONNECTION, Flag, NONE, S, Setting(FirstAvailableConnection, 0);
    WINHTTP_OPTION_TCP_PRIORITY_STATUS, Number, R, NONE, Unsupported;
    WINHTTP_OPTION_CONNECTION_GUID, Guid, NONE, R, Value;
    WINHTTP_OPTION_MATCH_CONNECTION_GUID, MatchGuid, NONE, R, Value;
    WINHTTP_OPTION_HTTP2_RECEIVE_WINDOW, Structure(8), NONE, S, Fixed(0);
    WINHTTP_OPTION_FEATURE_SUPPORTED, Number, NS, NONE, Live;
    WINHTTP_OPTION_QUIC_STATS, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_HTTP3_KEEPALIVE, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_HTTP3_HANDSHAKE_TIMEOUT, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_HTTP3_INITIAL_RTT, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_HTTP3_STREAM_ERROR_CODE, Number, R, NONE, Never;
    WINHTTP_OPTION_REQUEST_ANNOTATION, Text, R, R, Value,
        rule = OptionRule::Longest(WINHTTP_OPTION_REQUEST_ANNOTATION_MAX_LENGTH);
    WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES, Number, NONE, S, Fixed(0), rule = OptionRule::mask(PROXY_SCHEMES);
    WINHTTP_OPTION_REVERT_IMPERSONATION_SERVER_CERT, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, Flag, NONE, S, Setting(DisableGlobalPooling, 0);
    WINHTTP_OPTION_USE_SESSION_SCH_CRED, Flag, NONE, S, Fixed(0);
    WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_CACHE_ONLY, Number, NONE, SR, Fixed(0);
    WINHTTP_OPTION_QUIC_STATS_V2, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_QUIC_STREAM_STATS, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_USE_LOOKASIDE, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_ERROR_LOG_GUID, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_ENABLE_FAST_FORWARDING, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_FAST_FORWARDING_RESPONSE_DATA, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_UPGRADE_TO_PROTOCOL, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_CONNECTION_STATS_V2, Structure(0), R, NONE, Unsupported;
    WINHTTP_OPTION_FAST_FORWARDING_RESPONSE_STATUS, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_DSCP_TAG, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_HTTP11_DOWNGRADE_TTL, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_SESSION_ERROR_LOG_GUID, Structure(0), SCR, SCR, Unsupported;
    WINHTTP_OPTION_USERNAME, TextInCharacters, R, R, Value;
    WINHTTP_OPTION_PASSWORD, TextInCharacters, R, R, Value;
    WINHTTP_OPTION_PROXY_USERNAME, TextInCharacters, R, R, Value;
    WINHTTP_OPTION_PROXY_PASSWORD, TextInCharacters, R, R, Value;
}

const NONE: HandleTypes = HandleTypes::NONE;
const N: HandleTypes = HandleTypes::NULL;
const S: HandleTypes = HandleTypes::SESSION;
const C: HandleTypes = HandleTypes::CONNECTION;
const R: HandleTypes = HandleTypes::REQUEST;
const W: HandleTypes = HandleTypes::WEB_SOCKET;
const NS: HandleTypes = N.and(S);
const SR: HandleTypes = S.and(R);
const NSR: HandleTypes = N.and(SR);
const SCR: HandleTypes = SR.and(C);
const SCRW: HandleTypes = SCR.and(W);
const CRW: HandleTypes = C.and(R).and(W);

const UTF_8: u32 = 65001;
const PROXY_INFO: usize = size_of::<WINHTTP_PROXY_INFO>();
const PROXY_RESULT_ENTRY: usize = size_of::<WINHTTP_PROXY_RESULT_ENTRY>();
const CERTIFICATE_INFO: usize = size_of::<WINHTTP_CERTIFICATE_INFO>();
const CREDS_EX: usize = size_of::<WINHTTP_CREDS_EX>();
const RESOLVER_CACHE_CONFIG: usize = size_of::<WINHTTP_RESOLVER_CACHE_CONFIG>();
const PROXY_SCHEMES: u32 = WINHTTP_PROXY_DISABLE_SCHEME_BASIC
    | WINHTTP_PROXY_DISABLE_SCHEME_DIGEST
    | WINHTTP_PROXY_DISABLE_SCHEME_NTLM
    | WINHTTP_PROXY_DISABLE_SCHEME_KERBEROS
    | WINHTTP_PROXY_DISABLE_SCHEME_NEGOTIATE
    | WINHTTP_PROXY_DISABLE_AUTH_LOCAL_SERVICE;

/// The features of winhttp.h (`WINHTTP_FEATURE_*`) that are here.
pub const FEATURES: &[u32] = &[
    WINHTTP_FEATURE_REQUEST_TIMES,
    WINHTTP_FEATURE_EXPIRE_CONNECTION,
    WINHTTP_FEATURE_DISABLE_SECURE_PROTOCOL_FALLBACK,
    WINHTTP_FEATURE_REQUEST_STATS,
    WINHTTP_FEATURE_IPV6_FAST_FALLBACK,
    WINHTTP_FEATURE_TCP_KEEPALIVE,
    WINHTTP_FEATURE_RESOLUTION_HOSTNAME,
    WINHTTP_FEATURE_CONNECTION_GUID,
    WINHTTP_FEATURE_MATCH_CONNECTION_GUID,
    WINHTTP_FEATURE_IS_FEATURE_SUPPORTED,
    WINHTTP_FEATURE_ADD_REQUEST_HEADERS_EX,
    WINHTTP_FEATURE_READ_DATA_EX,
    WINHTTP_FEATURE_QUERY_HEADERS_EX,
    WINHTTP_FEATURE_QUERY_CONNECTION_GROUP,
    WINHTTP_FEATURE_FREE_QUERY_CONNECTION_GROUP_RESULT,
    WINHTTP_FEATURE_EXTENDED_HEADER_FLAG_UNICODE,
    WINHTTP_FEATURE_QUERY_FLAG_TRAILERS,
    WINHTTP_FEATURE_QUERY_FLAG_WIRE_ENCODING,
    WINHTTP_FEATURE_FLAG_AUTOMATIC_CHUNKING,
    WINHTTP_FEATURE_QUERY_CONNECTION_GROUP_FLAG_INSECURE,
    WINHTTP_FEATURE_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION,
    WINHTTP_FEATURE_QUERY_EX_ALL_HEADERS,
    WINHTTP_FEATURE_READ_DATA_EX_FLAG_FILL_BUFFER,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_numbers() {
        assert!(OPTIONS.windows(2).all(|rows| rows[0].number < rows[1].number));
        assert_eq!(option_row(WINHTTP_OPTION_URL).map(|row| row.name), Some("WINHTTP_OPTION_URL"));
        assert!([0, 8, 102, 213, 4095, 4100, u32::MAX].iter().all(|number| option_row(*number).is_none()));
    }

    /// Else a setting would begin with 0 because nobody has said with what.
    #[test]
    fn every_setting_has_one_row() {
        let mut rows = [0; Setting::COUNT];
        for row in OPTIONS {
            if let OptionStore::Setting(setting, _) | OptionStore::Bits(setting) = row.keeps {
                rows[setting as usize] += 1;
            }
        }
        assert_eq!(rows, [1; Setting::COUNT]);
    }

    /// A number that is kept, or always the same, has the kind of one, unless it is only there to be ignored.
    #[test]
    fn numbers_are_kept_for_numbers() {
        for row in OPTIONS {
            let is_number = matches!(row.kind, OptionKind::Number | OptionKind::Flag);
            match row.keeps {
                OptionStore::Setting(..) | OptionStore::Bits(_) => assert!(is_number, "{}", row.name),
                OptionStore::Fixed(_) => assert!(is_number || row.query == HandleTypes::NONE, "{}", row.name),
                OptionStore::Value => assert!(!is_number, "{}", row.name),
                OptionStore::Live | OptionStore::Never | OptionStore::Unsupported => {}
            }
        }
    }
}
