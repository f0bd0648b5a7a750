//! What the compiler has code call before it accesses plain memory, where it is asked for that: LLVM's "tracing of data flow"
//! (Clang's documentation, SanitizerCoverage). Where the call returns to is where the access is.

/// Calls a function in place of the one that this is in, with where its caller goes on as the second argument.
#[cfg(target_arch = "x86_64")]
macro_rules! goes_on {
    ($with:expr) => { core::arch::naked_asm!("mov rsi, [rsp]", "jmp {with}", with = sym $with) };
}

#[cfg(target_arch = "aarch64")]
macro_rules! goes_on {
    ($with:expr) => { core::arch::naked_asm!("mov x1, x30", "b {with}", with = sym $with) };
}

macro_rules! accesses {
    ($($load:ident $store:ident $size:literal;)*) => { $(
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        unsafe extern "C-unwind" fn $load(memory: *const ()) {
            goes_on!(tell::<$size, false>)
        }

        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        unsafe extern "C-unwind" fn $store(memory: *const ()) {
            goes_on!(tell::<$size, true>)
        }
    )* };
}

extern "C-unwind" fn tell<const SIZE: usize, const WRITES: bool>(memory: *const (), code: *const ()) {
    selvedge::interpose::access(memory, SIZE, WRITES, code);
}

accesses! {
    __sanitizer_cov_load1 __sanitizer_cov_store1 1;
    __sanitizer_cov_load2 __sanitizer_cov_store2 2;
    __sanitizer_cov_load4 __sanitizer_cov_store4 4;
    __sanitizer_cov_load8 __sanitizer_cov_store8 8;
    __sanitizer_cov_load16 __sanitizer_cov_store16 16;
}
