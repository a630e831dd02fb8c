//! How names of hosts are looked up. This is the only module with `unsafe` code; the library forbids it.
//!
//! A statically linked glibc still loads the modules that `/etc/nsswitch.conf` names, and those were made for another
//! glibc: with Debian's `mdns4_minimal`, `resolve` or `myhostname` a look-up can end the process. So only what is
//! linked in is asked: `/etc/hosts`, then DNS.
#![allow(unsafe_code)]

/// Settles it for the whole process. To be called first, while there is one thread.
pub fn settle() {
    #[cfg(target_env = "gnu")]
    {
        use std::ffi::{CStr, c_char, c_int};

        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
        }
        const DATABASE: &CStr = c"hosts";
        const SERVICES: &CStr = c"files dns";
        // SAFETY: both texts end with NUL and live for ever, glibc copies what it keeps, and no other thread runs yet.
        // Where it fails, look-ups stay as they were.
        let _ = unsafe { __nss_configure_lookup(DATABASE.as_ptr(), SERVICES.as_ptr()) };
    }
}
