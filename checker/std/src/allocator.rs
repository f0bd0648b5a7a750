//! `malloc` and its like, before the C library's: memory of the model's is where it was in the execution before.
//!
//! The symbols are weak, so an allocator that a program brings along under the same names takes their place. `free` and `realloc`
//! are in the checker itself.

use selvedge::interpose::allocator;

// The argument after the last says where the caller goes on.
core::arch::global_asm!(
    ".pushsection .text.selvedge_malloc,\"ax\",@progbits",
    ".weak malloc",
    ".type malloc,@function",
    "malloc:",
    "mov rsi, [rsp]",
    "jmp {malloc}",
    ".size malloc, . - malloc",
    ".weak calloc",
    ".type calloc,@function",
    "calloc:",
    "mov rdx, [rsp]",
    "jmp {calloc}",
    ".size calloc, . - calloc",
    ".weak posix_memalign",
    ".type posix_memalign,@function",
    "posix_memalign:",
    "mov rcx, [rsp]",
    "jmp {posix_memalign}",
    ".size posix_memalign, . - posix_memalign",
    ".weak malloc_usable_size",
    ".type malloc_usable_size,@function",
    "malloc_usable_size:",
    "jmp {malloc_usable_size}",
    ".size malloc_usable_size, . - malloc_usable_size",
    ".popsection",
    malloc = sym allocator::malloc,
    calloc = sym allocator::calloc,
    posix_memalign = sym allocator::posix_memalign,
    malloc_usable_size = sym allocator::malloc_usable_size,
);
