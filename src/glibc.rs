//! What glibc would otherwise do in its own way. This is the only module with `unsafe` code; the library forbids it.
//!
//! **Names of hosts.** A statically linked glibc still loads the modules that `/etc/nsswitch.conf` names, and those were
//! made for another glibc: with Debian's `mdns4_minimal`, `resolve` or `myhostname` a look-up can end the process. So only
//! what is linked in is asked: `/etc/hosts`, then DNS.
//!
//! **Large pieces of memory.** Once the first one was given back, glibc takes those of its size from heaps that it keeps
//! for each thread, and hands little of them back to the system: after some dozens of passwords, each hashed in 19 MB by
//! whichever thread was free, a process held 500 MB. With a bound that stays (`mallopt(3)`) they come from the system and
//! go back to it.
#![allow(unsafe_code)]

/// Settles it for the whole process. To be called first, while there is one thread.
pub fn settle() {
    #[cfg(target_env = "gnu")]
    {
        use std::ffi::{CStr, c_char, c_int};

        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
            fn mallopt(parameter: c_int, value: c_int) -> c_int;
        }
        const DATABASE: &CStr = c"hosts";
        const SERVICES: &CStr = c"files dns";
        // SAFETY: both texts end with NUL and live for ever, glibc copies what it keeps, and no other thread runs yet.
        // Where it fails, look-ups stay as they were.
        let _ = unsafe { __nss_configure_lookup(DATABASE.as_ptr(), SERVICES.as_ptr()) };
        /// `M_MMAP_THRESHOLD` of `malloc.h`.
        const LARGE: c_int = -3;
        const BYTES: c_int = 1 << 20;
        // SAFETY: two numbers, and no other thread runs yet. Where it fails, memory is kept as it was.
        let _ = unsafe { mallopt(LARGE, BYTES) };
    }
}
