//! What a thread of the model has of its own where it calls the engine: the registers that calls preserve, and its stack
//! from the caller's frame to the base.
//!
//! Everything else that a compiled function could go on with is dead at a call (System V ABI, AMD64 supplement, 3.2.1;
//! Procedure Call Standard for the Arm 64-bit Architecture, 6.1). So where both are what they were at an earlier call of the
//! same place, the thread does again what it did since then, as far as it is answered the same and memory outside of its stack
//! is the same. That memory is not looked at here: see [`Rounds`](super::run::Rounds).
//!
//! A frame has slots that hold nothing yet, and so what calls before it left there. What the engine leaves would differ in each
//! round, since it counts events: it is [swept](sweep) away while threads are looked at.

/// The registers that a call preserves, the stack pointer of the caller, and where it goes on.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Registers {
    preserved: [u64; 20],
    stack_pointer: usize,
    goes_on_at: usize,
}

/// A digest of a local state. Two states that differ have the same one with a probability of about 2^-100.
pub(crate) type Digest = (u64, u64);

/// How much below a caller's frame the engine's own calls reach.
pub(crate) const REACH: usize = 6 * 1024;

/// How much those that do next to nothing do.
// PERF: a third of the time of a model of many plain accesses went into the full reach.
pub(crate) const A_LITTLE: usize = 1024;

/// How much of the stack most jobs use. What uses more may need a round more to be seen to be as it was.
const REACH_OF_JOBS: usize = 32 * 1024;

/// Where a fiber's stack begins, where its job does, and where it ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// The address of the frame below which the job's are: the greatest.
    pub(crate) base: usize,
    /// The least address.
    pub(crate) limit: usize,
}

impl Registers {
    /// The local state that these registers are a part of, on the stack with these bounds.
    ///
    /// # Safety
    ///
    /// [`save`] filled them in from a frame of this stack that is still there.
    pub(crate) unsafe fn digest(&self, stack: Bounds) -> Digest {
        let mut digest = (0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344);
        self.preserved.iter().for_each(|word| mix(&mut digest, *word));
        mix(&mut digest, self.stack_pointer as u64);
        mix(&mut digest, self.goes_on_at as u64);
        let mut at = self.stack_pointer as *const u64;
        while at.addr() < stack.base {
            // SAFETY: it is between a frame that is there and the base. Whether anything was ever put there is no matter: the
            // word is compared and nothing else, and a volatile read takes it as it is.
            mix(&mut digest, unsafe { at.read_volatile() });
            at = at.wrapping_add(1);
        }
        digest
    }
}

/// Each half keeps apart what differs in one word alone, whichever that is.
pub(crate) fn mix((a, b): &mut Digest, word: u64) {
    *a = (a.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    *b = (*b ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
    *b ^= *b >> 29;
}

/// Overwrites what calls that reach so deep have left below the caller's frame, on the stack with these bounds.
#[inline(always)]
pub(crate) fn sweep(stack: Bounds, reach: usize) {
    let least = stack.limit + 256;
    // SAFETY: between the least address and the stack pointer are no frames, and the memory is the stack's.
    unsafe { machine::sweep(least, reach) };
}

/// Overwrites what other jobs have left on the stack with these bounds, so that what a job finds in slots that hold nothing yet
/// does not depend on what ran before.
#[inline(always)]
pub(crate) fn sweep_before(stack: Bounds) {
    let least = stack.limit + 256;
    // SAFETY: as in `sweep`.
    unsafe { machine::sweep(least, REACH_OF_JOBS) };
}

/// Fills in the registers as they are at this call.
///
/// # Safety
///
/// `registers` is valid.
#[inline(always)]
pub(crate) unsafe fn save(registers: *mut Registers) {
    // SAFETY: the caller's.
    unsafe { machine::save(registers) };
}

#[cfg(all(target_arch = "x86_64", unix, not(miri)))]
mod machine {
    use super::Registers;
    use std::arch::naked_asm;

    pub(super) const SEES: bool = true;

    #[unsafe(naked)]
    pub(super) unsafe extern "sysv64" fn save(registers: *mut Registers) {
        naked_asm!(
            "mov [rdi], rbx",
            "mov [rdi + 8], rbp",
            "mov [rdi + 16], r12",
            "mov [rdi + 24], r13",
            "mov [rdi + 32], r14",
            "mov [rdi + 40], r15",
            "lea rax, [rsp + 8]",
            "mov [rdi + 160], rax",
            "mov rax, [rsp]",
            "mov [rdi + 168], rax",
            "ret",
        )
    }

    /// Its own return address goes too.
    #[unsafe(naked)]
    pub(super) unsafe extern "sysv64" fn sweep(least: usize, reach: usize) {
        naked_asm!(
            "pop rdx",
            "mov rax, rsp",
            "sub rax, rsi",
            "cmp rdi, rax",
            "cmovb rdi, rax",
            "and rdi, -16",
            "mov rcx, rsp",
            "sub rcx, rdi",
            "jbe 2f",
            "shr rcx, 3",
            "xor eax, eax",
            "rep stosq",
            "2:",
            "jmp rdx",
        )
    }
}

#[cfg(all(target_arch = "aarch64", unix, not(miri)))]
mod machine {
    use super::Registers;
    use std::arch::naked_asm;

    pub(super) const SEES: bool = true;

    #[unsafe(naked)]
    pub(super) unsafe extern "C" fn save(registers: *mut Registers) {
        naked_asm!(
            "stp x19, x20, [x0]",
            "stp x21, x22, [x0, #16]",
            "stp x23, x24, [x0, #32]",
            "stp x25, x26, [x0, #48]",
            "stp x27, x28, [x0, #64]",
            "str x29, [x0, #80]",
            "stp d8, d9, [x0, #88]",
            "stp d10, d11, [x0, #104]",
            "stp d12, d13, [x0, #120]",
            "stp d14, d15, [x0, #136]",
            "mov x9, sp",
            "str x9, [x0, #160]",
            "str x30, [x0, #168]",
            "ret",
        )
    }

    #[unsafe(naked)]
    pub(super) unsafe extern "C" fn sweep(least: usize, reach: usize) {
        naked_asm!(
            "mov x9, sp",
            "sub x10, x9, x1",
            "cmp x0, x10",
            "csel x0, x0, x10, hi",
            "and x0, x0, #-16",
            "1:",
            "cmp x0, x9",
            "b.hs 2f",
            "str xzr, [x0], #8",
            "b 1b",
            "2:",
            "ret",
        )
    }
}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), unix, not(miri))))]
mod machine {
    use super::Registers;

    pub(super) const SEES: bool = false;

    pub(super) unsafe fn save(_: *mut Registers) {}

    pub(super) unsafe fn sweep(_: usize, _: usize) {}
}

/// Whether local states are seen on this machine. Where they are not, no round counts as idle, and a loop that waits is a
/// loop without an end.
pub(crate) const SEES: bool = machine::SEES;
