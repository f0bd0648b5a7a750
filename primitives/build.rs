//! Says `real_threads` to the compiler and to rustdoc where the backend is the standard library. rustdoc is not told of
//! `--cfg loom`, and would run the documentation's examples outside of an exploration.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(real_threads)");
    if std::env::var_os("CARGO_CFG_LOOM").is_none() {
        println!("cargo::rustc-cfg=real_threads");
    }
}
