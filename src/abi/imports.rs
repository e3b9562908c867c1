//! The functions Envoy offers to a module, as the ABI 0.2.1 names them: raw, each answering a status (0 = done).
//!
//! A pair of `*mut *mut u8` and `*mut usize` receives bytes that the host has put into memory of ours; see `memory.rs`.

/// Declares the functions; a module built to be measured has one around each that notes how long it took.
macro_rules! imports {
    ($module:literal $(pub fn $name:ident($($argument:ident: $kind:ty),* $(,)?) -> u32;)*) => {
        #[cfg(not(feature = "trace"))]
        #[cfg_attr(target_arch = "wasm32", link(wasm_import_module = $module))]
        unsafe extern "C" {
            $(pub fn $name($($argument: $kind),*) -> u32;)*
        }
        $(
            #[cfg(feature = "trace")]
            #[allow(clippy::too_many_arguments)]
            pub unsafe fn $name($($argument: $kind),*) -> u32 {
                #[cfg_attr(target_arch = "wasm32", link(wasm_import_module = $module))]
                unsafe extern "C" {
                    fn $name($($argument: $kind),*) -> u32;
                }
                let _span = super::trace::span(stringify!($name));
                // SAFETY: as the caller says.
                unsafe { $name($($argument),*) }
            }
        )*
    };
}

imports! {
    "env"
    pub fn proxy_log(level: u32, line: *const u8, line_size: usize) -> u32;
    pub fn proxy_get_current_time_nanoseconds(now: *mut u64) -> u32;
    pub fn proxy_set_tick_period_milliseconds(period: u32) -> u32;

    pub fn proxy_get_property(path: *const u8, path_size: usize, value: *mut *mut u8, value_size: *mut usize) -> u32;
    pub fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize) -> u32;

    pub fn proxy_get_header_map_pairs(map: u32, pairs: *mut *mut u8, pairs_size: *mut usize) -> u32;
    pub fn proxy_set_header_map_pairs(map: u32, pairs: *const u8, pairs_size: usize) -> u32;

    pub fn proxy_get_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *mut *mut u8,
        value_size: *mut usize,
    ) -> u32;
    pub fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    pub fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    pub fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;

    pub fn proxy_get_buffer_status(buffer: u32, size: *mut usize, flags: *mut u32) -> u32;
    pub fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        bytes: *mut *mut u8,
        bytes_size: *mut usize,
    ) -> u32;
    pub fn proxy_set_buffer_bytes(buffer: u32, start: usize, size: usize, bytes: *const u8, bytes_size: usize) -> u32;

    pub fn proxy_get_shared_data(
        key: *const u8,
        key_size: usize,
        value: *mut *mut u8,
        value_size: *mut usize,
        ticket: *mut u32,
    ) -> u32;
    pub fn proxy_set_shared_data(
        key: *const u8,
        key_size: usize,
        value: *const u8,
        value_size: usize,
        ticket: u32,
    ) -> u32;

    pub fn proxy_continue_stream(stream: u32) -> u32;
    pub fn proxy_close_stream(stream: u32) -> u32;
    pub fn proxy_set_effective_context(context: u32) -> u32;
    pub fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;

    pub fn proxy_http_call(
        cluster: *const u8,
        cluster_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout_ms: u32,
        token: *mut u32,
    ) -> u32;

    pub fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, metric: *mut u32) -> u32;
    pub fn proxy_increment_metric(metric: u32, by: i64) -> u32;
    pub fn proxy_record_metric(metric: u32, value: u64) -> u32;

    pub fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        argument: *const u8,
        argument_size: usize,
        result: *mut *mut u8,
        result_size: *mut usize,
    ) -> u32;
}

// Envoy offers these WASI functions to every module, whatever target it was built for; `std` on
// wasm32-unknown-unknown does not know them, so they are declared by hand.
imports! {
    "wasi_snapshot_preview1"
    pub fn environ_sizes_get(count: *mut usize, size: *mut usize) -> u32;
    pub fn environ_get(variables: *mut *mut u8, bytes: *mut u8) -> u32;
    pub fn random_get(bytes: *mut u8, size: usize) -> u32;
}
