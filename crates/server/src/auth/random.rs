//! Random bytes for keys, tokens and salts, from the operating system and from nowhere else.

/// `N` bytes that nobody can guess.
pub(super) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    // Without random numbers nothing that this process makes is safe to use.
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}
