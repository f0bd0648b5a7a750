//! What shells need to complete a command of cargo's as it is typed: `cargo NAME …`.

use clap::Command;
use clap_complete::{Shell, generate};

/// A script that completes the program of `command`, whose name has no dash, and, where the shell can hand that on, `cargo NAME`.
pub fn script(shell: Shell, command: &mut Command, name: &str) -> String {
    let program = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let mut script = Vec::new();
    generate(shell, command, &program, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let more = match shell {
        Shell::Bash => bash(&program, name),
        // Cargo's own completion asks for a function of this name.
        Shell::Zsh => format!("\n_cargo-{name}() {{\n    _{program} \"$@\"\n}}\n"),
        Shell::Fish => format!(
            "\ncomplete -c cargo -n \"__fish_seen_subcommand_from {name}\" -f -a \"(complete -C (string replace -r \
             '^cargo {name}' '{program}' -- (commandline -cp)))\"\n"
        ),
        _ => String::new(),
    };
    script + &more
}

/// What completes `cargo` otherwise goes on to do so.
fn bash(program: &str, name: &str) -> String {
    let own = format!("_cargo_with_{name}");
    format!(
        r#"
_cargo_before_{name}=$(complete -p cargo 2>/dev/null | sed -n 's/.*-F \([^ ]*\).*/\1/p')
{own}() {{
    if [[ "${{COMP_WORDS[1]}}" == {name} && "$COMP_CWORD" -gt 1 ]]; then
        COMP_WORDS=({program} "${{COMP_WORDS[@]:2}}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _{program} {program} "$2" "$3"
    elif [[ -n "$_cargo_before_{name}" && "$_cargo_before_{name}" != {own} ]]; then
        "$_cargo_before_{name}" "$@"
    fi
}}
complete -F {own} -o bashdefault -o default cargo
"#
    )
}
